"""Kpi: stores each fact once, and computes every figure from the facts.

Consumes: inquiries, contact-links, leads, purchases, managers, activities.
Produces: indicators, approaches.
Owns: the funnel, response times, figures of managers, sources and sales; spend, alerts, pay.
"""
