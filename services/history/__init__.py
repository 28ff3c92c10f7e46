"""History: timelines, with one entry for every event about a lead or a contact.

Consumes: inquiries, contacts, contact-links, purchases, leads, managers, indicators.
Produces: activities. Owns: timelines, and the activities that managers report.
"""
