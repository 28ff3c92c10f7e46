"""Lines that people tell, one by one or as a table: read, and corrected by versions."""
