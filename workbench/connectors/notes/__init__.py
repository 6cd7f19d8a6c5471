"""What the operator writes down: notes, transcripts of meetings, and what is agreed, planned or a rule."""
