"""Bodies and answers of kpi's HTTP API, and the types of its parameters."""
