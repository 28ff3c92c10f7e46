"""Routing: every inquiry becomes one lead, and every lead gets the manager best placed to answer.

Consumes: inquiries, contact-links, activities, indicators. Produces: leads, managers.
Owns: managers and their capacity, pools, pipelines, leads, assignments, decisions.
"""
