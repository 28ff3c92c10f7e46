"""Routing's own tables; `metadata` is complete once this package is imported."""

from services.routing.tables import leads, people, webhooks, work
from services.routing.tables.schema import metadata

__all__ = ["leads", "metadata", "people", "webhooks", "work"]
