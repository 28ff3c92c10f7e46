"""What history keeps in PostgreSQL: projections written in sets, timelines read by keyset."""
