"""The pure rules of kpi: what a fact counts for, and which moments a period spans."""
