"""Intake takes every inquiry in, keeps it byte for byte, and says whose it is and what it means.

Consumes: nothing. Produces: inquiries, contacts, contact-links, purchases.
Owns: sources, submissions, inquiries, contacts and their contact points.
"""
