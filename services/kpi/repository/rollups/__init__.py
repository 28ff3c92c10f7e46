"""Keeps sums over blocks of days and reads them."""
