"""What was recorded, as a scenario that the simulator plays."""
