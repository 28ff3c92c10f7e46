"""Intake takes every inquiry in, keeps it byte for byte, and says whose it is and what it means.

Hears: nothing. Says: inquiries, contacts, purchases. Owns: sources, submissions, inquiries,
contacts and their contact points.
"""
