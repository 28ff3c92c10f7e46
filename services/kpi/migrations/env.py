"""Run by Alembic: the migrations of kpi."""

from services.kpi.tables import metadata
from shared.migrations import run_environment

run_environment(metadata)
