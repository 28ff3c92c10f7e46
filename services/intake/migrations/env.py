"""Run by Alembic: the migrations of intake."""

from services.intake.tables import metadata
from shared.migrations import run_environment

run_environment(metadata)
