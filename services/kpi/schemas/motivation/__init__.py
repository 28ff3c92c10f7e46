"""Pay as it is configured and answered."""
