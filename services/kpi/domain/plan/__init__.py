"""The plan: a cube of numbers by six axes, whose nodes are set and whose sums always agree."""
