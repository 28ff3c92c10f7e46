"""History remembers: one line for every fact about a lead or a contact, and never a changed one.

Consumes: inquiries, contacts, contact-links, purchases, leads, managers, indicators.
Produces: activities. Owns: timelines, and the activities that managers report.
"""
