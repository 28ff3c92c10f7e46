"""Kpi counts: each fact is kept once, and every number is worked out from the facts.

Hears: inquiries, contacts, leads, managers, activities (purchases pass by).
Says: nothing yet on indicators. Owns: the funnel, response times, figures of managers and sources.
"""
