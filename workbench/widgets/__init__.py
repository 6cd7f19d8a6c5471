"""What a notebook shows that a person works with by keyboard: the same in a view and in JupyterLab."""
