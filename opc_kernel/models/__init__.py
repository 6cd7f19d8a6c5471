"""The model port: prompts in, checked answers out; caps stop a call before it is made, and every call is recorded."""
