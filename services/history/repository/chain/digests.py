"""How an entry becomes digests: SQL, so that its words never leave the database for it.

The open part is the JSON array of the entry's columns and of the facts that its link takes openly,
moments in microseconds since 1970; the personal part is that of its text and its other facts, with
the salt before it. JSON is as `jsonb` writes it. Without personal parts there is no digest of them.
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
        "CASE WHEN p.facts = '{}' THEN e.facts"
        " ELSE e.facts - ARRAY(SELECT jsonb_object_keys(p.facts)) END",
    )
    return f"""
SELECT w.*, coalesce(e.lead_id, e.contact_id) AS subject_id, e.text AS words,
    p.facts AS personal_facts, sha256({members}) AS open_digest
FROM wanted AS w JOIN LATERAL (
    SELECT * FROM {table} WHERE {table}.{key} = w.event_id OFFSET 0) AS e ON true
CROSS JOIN LATERAL (SELECT CASE WHEN e.facts -> 'outcome' = '"answered"'
    THEN e.facts - {open_facts} - 'outcome' ELSE e.facts - {open_facts} END AS facts
    OFFSET 0) AS p"""


_ENTRIES = _parts(
    "timeline_entry",
    key="event_id",
    columns=("e.inquiry_id", "e.kind", "e.channel"),
    open_facts="CAST(:open_facts AS text[])",
)
# Whoever reports an activity names its facts, so that no name makes one impersonal.
_ACTIVITIES = _parts(
    "activity",
    key="activity_id",
    columns=(
        *("e.manager_id", "e.kind", "e.direction", "e.owner_id", "e.task_id", "e.done"),
        *(_microseconds("due_at"), _microseconds("recorded_at")),
    ),
    open_facts="CAST('{}' AS text[])",
)
PARTS = f"{_ENTRIES}\nUNION ALL{_ACTIVITIES}"
IS_IMPERSONAL = "words IS NULL AND personal_facts = '{}'"
PERSONAL = f"sha256(coalesce(salt, '') || {_json('words', 'personal_facts')})"
