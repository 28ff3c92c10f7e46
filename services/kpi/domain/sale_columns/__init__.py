"""The sales of a period as columns: read, held and counted as arrays."""
