"""Routing's own tables; `metadata` is complete once this package is imported."""

from services.routing.tables import departures, leads, people, webhooks, work
from services.routing.tables.schema import metadata

__all__ = ["departures", "leads", "metadata", "people", "webhooks", "work"]
