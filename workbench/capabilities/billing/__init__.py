"""Billing: a payment that waits at the provider becomes an invoice: captured, recorded, mailed, each step once."""
