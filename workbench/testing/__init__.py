"""Test tools of the product: providers that behave as the real ones say they do, on this machine."""
