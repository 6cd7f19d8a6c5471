"""Traces and metrics for the operator's own tools, where they are switched on: out of the log, never a payload."""
