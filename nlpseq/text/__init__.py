"""Text <-> tokens <-> ids."""
