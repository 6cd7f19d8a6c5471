"""The colours of every sheet that is written here."""

INK, GREY, RULE, WHITE, RED = "1F2A37", "64748B", "CBD5E1", "FFFFFF", "B91C1C"
SYSTEM, HUMAN, PAPER = "334155", "B45309", "FFF7E6"
PALE = "F1F5F9"
