"""What leaves the machine: intents word for word, a ledger that does each once, and the ports to the outside."""
