"""Finding what customers wrote and managers reported, and making it findable."""
