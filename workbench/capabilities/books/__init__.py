"""Bookkeeping: invoices, the matcher that maps payments to them, and what the operator decides where it is not sure."""
