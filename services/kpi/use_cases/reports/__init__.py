"""Reports of leads, and what their numbers count."""
