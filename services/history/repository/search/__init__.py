"""SQL of searching: documents are written in sets, found by keyset."""
