"""Memory: one profile an entity, facts with their sources, items, and recall over them."""
