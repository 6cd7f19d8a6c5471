"""Memory: what is known about whom, where it comes from, and how it is found again."""
