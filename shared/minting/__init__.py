"""Where tokens come from. Whoever imports this can sign: no process of a service does."""
