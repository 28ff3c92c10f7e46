"""Digests of minutes by which services compare what they count: marks, renewal, reading."""
