"""What is searched in, and what waits to be."""

# Without `fastupdate = off` every search would read through a list of what is not sorted in yet; a
# loop writes here, which nobody waits for.
SEARCH = (
    """CREATE TABLE search_document (
        document_id uuid PRIMARY KEY, at timestamptz NOT NULL, subject_id uuid,
        names tsvector NOT NULL, words tsvector NOT NULL)""",
    "CREATE INDEX search_document_latest ON search_document (at, document_id)",
    "CREATE INDEX search_document_of_subject ON search_document (subject_id)",
    """CREATE INDEX search_document_names ON search_document USING gin (names)
        WITH (fastupdate = off)""",
    """CREATE INDEX search_document_words ON search_document USING gin (words)
        WITH (fastupdate = off)""",
    """CREATE TABLE search_queue (
        place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document_id uuid NOT NULL,
        queued_at timestamptz NOT NULL DEFAULT now())""",
)
