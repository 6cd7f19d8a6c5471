"""How payments are explained by invoices: candidates by blocking, a score in parts, and what speaks against each."""
