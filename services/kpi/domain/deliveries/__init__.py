"""When somebody may be told, whatever it is of."""
