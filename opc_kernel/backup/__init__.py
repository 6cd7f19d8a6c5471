"""Backups: pieces that never change, a manifest that is written last, and companies made of them."""
