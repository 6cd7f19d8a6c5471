"""Months: money over time, and closing a month so that it never changes again."""
