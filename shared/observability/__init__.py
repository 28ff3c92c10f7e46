"""What operators see.

Logs without personal data, metrics declared once, traces that follow a fact.
"""
