"""Imports of tables: what was asked for, the file, and what came of each row."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.intake.domain.imports import ImportState
from services.intake.tables.schema import MOMENT, metadata

_STATES = ", ".join(f"'{state}'" for state in ImportState)

import_job = Table(
    "import_job",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("source_id", Uuid, ForeignKey("source.source_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("wish", JSON, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", MOMENT),
    Column("file_digest", LargeBinary),
    # Rows of the file, null until they are counted; those done, and those of them at fault.
    Column("rows", Integer),
    Column("rows_done", Integer, nullable=False, server_default=text("0")),
    Column("rows_at_fault", Integer, nullable=False, server_default=text("0")),
    # The number of the last row done: from there it goes on after a restart.
    Column("last_row", Integer, nullable=False, server_default=text("0")),
    Column("failure", Text),
    Column("preview", JSON),
    CheckConstraint(f"state IN ({_STATES})", name="import_job_state_known"),
    Index(
        "import_job_waiting", "import_id", postgresql_where=text("state IN ('queued', 'running')")
    ),
    Index("import_job_file", "source_id", "file_digest"),
)

import_file = Table(
    "import_file",
    metadata,
    Column("import_id", Uuid, ForeignKey("import_job.import_id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

import_row = Table(
    "import_row",
    metadata,
    Column("import_id", Uuid, ForeignKey("import_job.import_id"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("submission_id", Uuid),
    Column("fault", Text),
    Column("cells", JSON),
    Index(
        "import_row_submission",
        "submission_id",
        postgresql_where=text("submission_id IS NOT NULL"),
    ),
)
