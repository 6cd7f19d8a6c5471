"""The command line: `workbench <noun> <verb>`; heavy libraries are imported inside the command that needs them."""
