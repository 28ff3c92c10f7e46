"""SQL of kpi: facts are written in sets, figures computed when they are read."""
