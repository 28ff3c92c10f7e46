"""SQL of history: projections are written in sets, timelines read by keyset."""
