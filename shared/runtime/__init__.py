"""What every process is made of: loops that live alone, one leader, wake-ups, work in batches."""
