"""Reports on money as they are shown, and the types of their parameters."""
