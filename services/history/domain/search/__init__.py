"""What is searched in: the words of entries and reports; and what is searched for."""
