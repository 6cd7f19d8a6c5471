"""Work: tasks with a lifecycle, reactions that start them, agents that do them, a worker that applies outcomes."""
