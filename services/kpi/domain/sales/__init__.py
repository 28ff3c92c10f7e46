"""Sales of people: what was said of each, which are one and the same, and in which order."""
