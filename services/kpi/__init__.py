"""Kpi: stores each fact once, and computes every figure from the facts.

Consumes: inquiries, contact-links, leads, managers, activities (purchases pass by).
Produces: indicators.
Owns: the funnel, response times, figures of managers and sources, alerts.
"""
