"""The operations workbench for a company of one person."""
