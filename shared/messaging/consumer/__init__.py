"""What turns events into effects: each once, in the order of its stream, whatever brings it."""
