"""Use cases of kpi: project facts, and answer with figures."""
