"""How facts leave a service: journal first, then by the fast path, then again for who asks."""
