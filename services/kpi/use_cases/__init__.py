"""What kpi does: project facts, and answer with figures."""
