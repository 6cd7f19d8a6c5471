"""Address books as they are exported: vCards."""
