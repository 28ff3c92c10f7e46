"""What is searched in, and what waits to be: made from entries and reports, filled by a loop."""

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Uuid, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from services.history.tables.schema import MOMENT, metadata

# `names`: points, and the words of names, companies and subjects; `words`: these and all others,
# with a lexeme for kind and channel. `subject_id`: the lead, else the inquiry, else the contact.
search_document = Table(
    "search_document",
    metadata,
    Column("document_id", Uuid, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("subject_id", Uuid),
    Column("names", TSVECTOR, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    Index("search_document_latest", "at", "document_id"),
    Index("search_document_of_subject", "subject_id"),
    *(
        Index(
            f"search_document_{column}",
            column,
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": "64"},
        )
        for column in ("names", "words")
    ),
)

search_queue = Table(
    "search_queue",
    metadata,
    Column("place", BigInteger, Identity(always=True), primary_key=True),
    Column("document_id", Uuid, nullable=False),
    Column("queued_at", MOMENT, nullable=False, server_default=text("now()")),
)

DERIVED = (search_document, search_queue)
