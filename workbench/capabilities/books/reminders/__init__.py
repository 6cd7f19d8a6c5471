"""Reminders: letters about overdue invoices of ours, proposed and never sent from here."""
