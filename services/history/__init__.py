"""History remembers: one line for every fact about a lead or a contact, and never a changed one.

Hears: inquiries, contacts, purchases, leads, managers, indicators.
Says: activities. Owns: timelines, and the activities that managers report.
"""
