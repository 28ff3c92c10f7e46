"""Run by Alembic: the migrations of routing."""

from services.routing.tables import metadata
from shared.migrations import run_environment

run_environment(metadata)
