"""Connectors turn what comes from outside into canonical events."""
