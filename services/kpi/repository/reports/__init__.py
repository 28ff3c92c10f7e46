"""What reports of leads read: counters, kept days, stories."""
