"""SQL of routing, with plain values in and out. Lock order: contacts, then leads, then managers."""
