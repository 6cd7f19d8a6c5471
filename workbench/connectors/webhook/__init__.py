"""The connector `webhook`: a short note to an address that the settings name, and to none other."""
