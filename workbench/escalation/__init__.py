"""Escalation: what waits too long climbs from its row to a digest and to an urgent message to the operator."""
