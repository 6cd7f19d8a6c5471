"""Capabilities: what the company does, a folder each; they meet in events and never import one another."""
