"""E-mail out: by SMTP, found again in the folder of sent messages."""
