"""SQL of customers: how they score, who comes back, what they buy together, and lists of them."""
