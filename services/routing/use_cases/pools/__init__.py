"""Pools: their versions, rules that are tried, weights of leads, and shadow policies."""
