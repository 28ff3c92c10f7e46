"""Routing's memory: SQL in, plain values out. Lock order: contacts, then leads, then managers."""
