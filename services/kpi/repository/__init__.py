"""What kpi keeps in PostgreSQL: facts written in sets, figures worked out by SQL."""
