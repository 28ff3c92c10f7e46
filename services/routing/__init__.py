"""Routing: every inquiry becomes one lead, and every lead gets the manager best placed to answer.

Hears: inquiries, contacts, activities, indicators. Says: leads, managers.
Owns: managers and their capacity, pools, pipelines, leads, assignments, decisions.
"""
