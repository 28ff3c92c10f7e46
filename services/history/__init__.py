"""History: timelines, with one entry for every event about a lead or a contact; the customer base.

Consumes: inquiries, contacts, contact-links, purchases, leads, managers, indicators.
Produces: activities, segments. Owns: timelines, the activities that managers report, cards, labels.
"""
