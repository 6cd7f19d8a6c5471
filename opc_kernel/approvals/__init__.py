"""The one queue: proposals and questions, what was shown, and what the operator decided."""
