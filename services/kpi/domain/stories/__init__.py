"""What became of leads and inquiries, as it was known at the end of each day."""
