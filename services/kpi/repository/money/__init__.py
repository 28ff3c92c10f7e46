"""SQL of sales and spend: what was said of them, and what reports make of it."""
