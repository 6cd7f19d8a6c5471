"""Bank statements as files: what the bank gives, read whole or refused whole."""
