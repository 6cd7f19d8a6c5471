"""Receipts: what a PDF, an e-mail or a text says was paid, and to whom."""
