"""JupyterLab beside the company: its ready notebooks, and a server that answers on loopback to its own pages alone."""
