"""Sets and corrects territories, what is known of them, and potentials."""
