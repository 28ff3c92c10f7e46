"""Who buys again, who sleeps, what goes together, and what asking people again brings."""
