"""An invoice in words, from what it was asked with; pure."""

from __future__ import annotations

from workbench.capabilities.billing.events import InvoiceCharged


def subject(invoice: InvoiceCharged, company: str) -> str:
    """Return the line that the customer sees first."""
    return f"Invoice {invoice.number} of {company}"


def words(invoice: InvoiceCharged, company: str) -> str:
    """Return the whole invoice."""
    money = f"{invoice.money.decimal:,.2f} {invoice.money.currency}"
    tax = f", which includes {invoice.tax_rate} % tax" if invoice.tax_rate else ""
    lines = (
        f"{company}\n\nInvoice {invoice.number} of {invoice.issued_on:%d %b %Y}\nTo {invoice.customer}",
        f"{invoice.note}\nTotal: {money}{tax}",
        f"Paid with {invoice.payment}: nothing is left to do.",
        f"Kind regards\n{company}",
    )
    return "\n\n".join(lines) + "\n"
