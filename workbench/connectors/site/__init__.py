"""A site made of Markdown files in a folder: publish a page, take it back."""
