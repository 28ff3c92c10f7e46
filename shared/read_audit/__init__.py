"""Who looked at personal data or exported them: each service keeps its own rows, for as long as a
setting says. Rows hold ids and shapes, never what somebody wrote.
"""
