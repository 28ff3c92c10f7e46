"""Tables of mails: large bodies in pieces, and how far mailboxes have been read."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from services.intake.tables.schema import MOMENT, metadata

submission_piece = Table(
    "submission_piece",
    metadata,
    Column(
        "submission_id",
        Uuid,
        ForeignKey("submission.submission_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("place", Integer, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)

# How far the mailbox of a source has been read, by the numbers its server gives to mails.
mailbox = Table(
    "mailbox",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("folder_digest", LargeBinary),
    Column("uid_validity", BigInteger),
    Column("last_uid", BigInteger, nullable=False),
    Column("walk_until", BigInteger, nullable=False),
    Column("begins_at", MOMENT),
    Column("checked_at", MOMENT),
    Column("failing_since", MOMENT),
    Column("failure", Text),
)
