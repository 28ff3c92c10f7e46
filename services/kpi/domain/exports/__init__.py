"""Reports as tables, in people's words."""
