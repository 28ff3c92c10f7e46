"""The published language: what services say to each other.

Breaking it is a `v2` beside `v1`.
"""
