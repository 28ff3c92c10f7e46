"""Plans: made from the past, set node by node, locked, approved, and compared."""
