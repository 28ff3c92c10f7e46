"""What people, and a sample of the market, say of a time to come."""
