"""The facts of a month: asked to close, closed with these lines and this summary, reopened."""

from __future__ import annotations

from opc_kernel.log.read_model import ReadModel, View

PACKAGE = "workbench.capabilities.books.months"
READ_MODELS = (ReadModel.load(PACKAGE, "month"),)
VIEWS = tuple(
    View.load(PACKAGE, name)
    for name in ("mapped_line", "ledger_line", "profit_and_loss", "tax", "stated_balance", "cash")
)
