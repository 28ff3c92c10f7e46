"""What managers earn by a pay scheme: its terms, statements of lines that explain themselves, and
how far plans are fulfilled.
"""
