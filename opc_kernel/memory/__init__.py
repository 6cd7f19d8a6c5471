"""Memory: entities, the facts about them, and what was said; each rests on events, none is ever overwritten."""
