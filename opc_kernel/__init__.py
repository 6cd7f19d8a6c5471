"""The kernel of a company in a folder: an append-only log, its read models, work and decisions."""
