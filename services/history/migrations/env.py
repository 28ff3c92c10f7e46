"""Run by Alembic: the migrations of history."""

from services.history.tables import metadata
from shared.migrations import run_environment

run_environment(metadata)
