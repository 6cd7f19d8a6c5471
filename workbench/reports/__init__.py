"""What the shipped jobs report, each part of it from the log and the read models, the same as HTML and as text."""
