"""Erasure of a person's data from a whole company: what repeats it, which files hold it, and that it stays away."""
