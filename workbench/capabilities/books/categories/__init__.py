"""Which category a transaction without an invoice has: rules first, then what the operator decided before."""
