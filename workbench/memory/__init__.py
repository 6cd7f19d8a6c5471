"""Memory as the operator meets it: what is captured of which event, and what a profile says beside its facts."""
