"""Embeddings: MiniLM on this machine, or any endpoint that speaks OpenAI's API."""
