"""How an entry becomes digests: SQL, so that its words never leave the database for it.

The open part is the `jsonb` array of the entry's columns and of the facts that an erasure leaves,
moments in microseconds since 1970; the personal part is that of its text and all its facts, with
the salt before it. What an erasure would leave as it is has no personal part.
"""


def _microseconds(name: str) -> str:
    return f"CAST(extract(epoch FROM e.{name}) * 1000000 AS bigint)"


def _json(*members: str) -> str:
    return f"convert_to(CAST(jsonb_build_array({', '.join(members)}) AS text), 'UTF8')"


def _parts(table: str, *, key: str, columns: tuple[str, ...], open_facts: str) -> str:
    """The entry of each row of `wanted`, by its `event_id`, in its open and personal parts."""
    members = _json(
        *(f"e.{key}", _microseconds("at"), _microseconds("learned_at")),
        *("e.actor", "e.contact_id", "e.lead_id", *columns),
        open_facts,
    )
    return f"""
SELECT w.*, coalesce(e.lead_id, e.contact_id) AS subject_id, e.text AS words, e.facts,
    e.text IS NULL AND e.facts = {open_facts} AS is_impersonal, sha256({members}) AS open_digest
FROM wanted AS w JOIN LATERAL (
    SELECT * FROM {table} WHERE {table}.{key} = w.event_id OFFSET 0) AS e ON true"""


_ENTRIES = _parts(
    "timeline_entry",
    key="event_id",
    columns=("e.inquiry_id", "e.kind", "e.channel"),
    open_facts="coalesce(e.open_facts, e.facts)",
)
# Whoever reports an activity names its facts, so that no name makes one impersonal.
_ACTIVITIES = _parts(
    "activity",
    key="activity_id",
    columns=(
        *("e.manager_id", "e.kind", "e.direction", "e.owner_id", "e.task_id", "e.done"),
        *(_microseconds("due_at"), _microseconds("recorded_at")),
    ),
    open_facts="CASE WHEN e.facts ->> 'outcome' = 'answered'"
    """ THEN jsonb '{"outcome": "answered"}' ELSE jsonb '{}' END""",
)
PARTS = f"{_ENTRIES}\nUNION ALL{_ACTIVITIES}"
PERSONAL = f"sha256(coalesce(salt, '') || {_json('words', 'facts')})"
