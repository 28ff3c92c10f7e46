"""History: timelines with one line for every event of a lead or contact; no line ever changes.

Consumes: inquiries, contacts, contact-links, purchases, leads, managers, indicators.
Produces: activities. Owns: timelines, and the activities that managers report.
"""
