"""Recall: what memory holds that bears on a question, found by words, meaning, neighbours and exact fields."""
