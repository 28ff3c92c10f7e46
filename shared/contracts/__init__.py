"""The published language: the events that services send each other.

Breaking it is a `v2` beside `v1`.
"""
