"""The pure rules of kpi: facts of events, and the moments of a period."""
