"""Memory: one profile an entity, facts with their sources, items, and recall over them; nothing is ever overwritten."""
