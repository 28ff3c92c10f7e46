"""Intake stores every inquiry byte for byte and works out whose it is and what it means.

Consumes: approaches. Produces: inquiries, contacts, contact-links, purchases.
Owns: sources, submissions, inquiries, contacts and their contact points.
"""
