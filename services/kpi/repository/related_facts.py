"""Reads all facts about leads and inquiries, and about whatever was ever joined with them."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.facts import KINDS, Facts, Touch
from services.kpi.domain.stories.story import Version
from services.kpi.repository.stories import STORY_COLUMNS, versions_of
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Affected:
    """What events are about: leads, inquiries, and contacts of whom something became known.
    `openers` are the contacts of leads that they open.
    """

    lead_ids: set[UUID] = field(default_factory=set)
    inquiry_ids: set[UUID] = field(default_factory=set)
    contact_ids: set[UUID] = field(default_factory=set)
    openers: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.lead_ids or self.inquiry_ids or self.contact_ids)


# A recursion makes room for as many rows as are expected, each time: megabytes for a handful. With
# a limit that is not known beforehand the planner expects a tenth of them.
FEW: Final = "LIMIT :most"
MOST: Final = 1_000_000_000  # more than there are


def _people(name: str, contacts: str) -> str:
    """All contacts that were ever linked with these, directly or through others."""
    return f"""
{name} (contact_id) AS (
    SELECT unnest({contacts})
    UNION
    SELECT other.contact_id FROM {name}, LATERAL (
        SELECT canonical_id AS contact_id FROM contact_link
        WHERE contact_link.contact_id = {name}.contact_id
        UNION ALL
        SELECT contact_id FROM contact_link WHERE canonical_id = {name}.contact_id
        {FEW}
    ) AS other
)"""


def _all(
    table: str, column: str, ids: str, *, more: str = "", columns: str = "", name: str = ""
) -> str:
    # The rows of a clause cannot be estimated; an array of ids is looked up by the index. The rows
    # are not of the table's own type: a rebuild puts other tables in the place of these.
    return (
        f"(SELECT array_agg(ROW({columns or f'{table}.*'})) FROM {table}"
        f" WHERE {column} = ANY(ARRAY(SELECT {column} FROM {ids})){more}) AS {name or table}"
    )


# Leads are near one another if one was ever merged into the other, or both ever had an inquiry.
_FIND_KNOWN = f"""
WITH RECURSIVE {_people("touched", "CAST(:contact_ids AS uuid[])")},
near (lead_id) AS (
    SELECT unnest(CAST(:lead_ids AS uuid[]) || ARRAY(
        SELECT lead_id FROM inquiry_link WHERE inquiry_id = ANY(CAST(:inquiry_ids AS uuid[]))
        UNION ALL
        SELECT lead_id FROM lead WHERE contact_id = ANY(ARRAY(SELECT contact_id FROM touched))
    ))
    UNION
    SELECT other.lead_id FROM near, LATERAL (
        SELECT into_id AS lead_id FROM lead_event
        WHERE lead_event.lead_id = near.lead_id AND into_id IS NOT NULL
        UNION ALL
        SELECT lead_id FROM lead_event WHERE into_id = near.lead_id
        UNION ALL
        SELECT lead_id FROM inquiry_link WHERE inquiry_id = ANY(ARRAY(
            SELECT inquiry_id FROM inquiry_link AS own WHERE own.lead_id = near.lead_id))
        {FEW}
    ) AS other
),
near_inquiry (inquiry_id) AS (
    SELECT unnest(CAST(:inquiry_ids AS uuid[]))
    UNION
    SELECT inquiry_id FROM inquiry_link WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near))
),
{
    _people(
        "person",
        "CAST(:openers AS uuid[]) || ARRAY(SELECT contact_id FROM touched UNION ALL"
        " SELECT contact_id FROM lead WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM near)))",
    )
}
SELECT
    {_all("lead", "lead_id", "near")},
    {_all("lead_event", "lead_id", "near")},
    {_all("inquiry", "inquiry_id", "near_inquiry")},
    {_all("inquiry_change", "inquiry_id", "near_inquiry")},
    {_all("inquiry_link", "inquiry_id", "near_inquiry")},
    {_all("touch", "lead_id", "near")},
    {_all("touch", "contact_id", "person", more=" AND lead_id IS NULL", name="touch_of_person")},
    {_all("contact_link", "contact_id", "person")},
    {_all("lead_story", "lead_id", "near", columns=STORY_COLUMNS)},
    {_all("placement", "inquiry_id", "near_inquiry")}
"""


class Stored(NamedTuple):
    """The facts by the name of their table, and the versions of all stories that were told."""

    facts: Facts
    versions: dict[UUID, list[Version]]


async def find_known(session: Session, affected: Affected) -> Stored:
    """All that is stored about these, and about what was ever joined with them."""
    rows = await session.execute(
        _FIND_KNOWN,
        {
            "lead_ids": list(affected.lead_ids),
            "inquiry_ids": list(affected.inquiry_ids),
            "contact_ids": list(affected.contact_ids),
            "openers": list(affected.openers),
            "most": MOST,
        },
    )
    row = rows.one()
    facts = {name: [kind(*item) for item in row[name] or ()] for name, kind in KINDS.items()}
    facts["touch"] += [Touch(*item) for item in row.touch_of_person or ()]
    return Stored(facts, versions_of(row.lead_story or (), row.placement or ()))
