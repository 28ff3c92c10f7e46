"""What leads are about, as their inquiries have it: filled in, or corrected."""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from pydantic_core import to_json

from services.routing.domain.lead_traits import COLUMNS, Traits
from services.routing.repository.inquiries import InquiryPlace
from services.routing.repository.queue import JUDGED_ANEW
from shared.database import Session

_TYPES = {"expected_amount": "numeric"}
_NEW = ", ".join(
    f"{column} = CASE WHEN n.traits ? '{column}' AND (n.corrects OR l.{column} IS NULL)"
    f" THEN CAST(n.traits ->> '{column}' AS {_TYPES.get(column, 'text')}) ELSE l.{column} END"
    for column in COLUMNS.values()
)
_PRESENT = ", ".join(f"'{column}', l.{column}" for column in COLUMNS.values())
# Who is able to take a waiting lead may be others now.
_SET = f"""
UPDATE lead AS l SET {_NEW}, parked_reason = {JUDGED_ANEW}
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n(lead_id uuid, traits jsonb, corrects boolean)
WHERE l.lead_id = ANY(CAST(:ids AS uuid[])) AND l.lead_id = n.lead_id
    AND NOT jsonb_build_object({_PRESENT}) @> n.traits
"""
_PLACES = """
SELECT i.inquiry_id, i.lead_id, l.pipeline FROM lead_inquiry AS i JOIN lead AS l USING (lead_id)
WHERE i.inquiry_id = ANY(CAST(:ids AS uuid[]))
"""
_RELABEL = """
UPDATE lead_inquiry AS i SET language = n.language
FROM json_to_recordset(CAST(:rows AS json)) AS n(inquiry_id uuid, language text)
WHERE i.inquiry_id = ANY(CAST(:ids AS uuid[])) AND i.inquiry_id = n.inquiry_id
"""


class TraitChange(NamedTuple):
    """Without `corrects` only what the lead does not have yet is written."""

    lead_id: UUID
    traits: Traits
    corrects: bool


async def set_traits(session: Session, changes: Collection[TraitChange]) -> None:
    """Write what these leads are about; one change for each. The caller holds the leads' locks."""
    rows = [item for item in changes if item.traits]
    if rows:
        params = {
            "ids": [item.lead_id for item in rows],
            "rows": to_json([item._asdict() for item in rows]).decode(),
        }
        await session.execute(_SET, params)


async def list_places(session: Session, inquiry_ids: Collection[UUID]) -> list[InquiryPlace]:
    """The leads that these inquiries are in."""
    rows = await session.execute(_PLACES, {"ids": list(inquiry_ids)})
    return [InquiryPlace(**row) for row in rows]


async def set_inquiry_languages(session: Session, languages: Mapping[UUID, str | None]) -> None:
    """Inquiry → its language, as it was corrected."""
    if languages:
        rows = [
            {"inquiry_id": inquiry_id, "language": language}
            for inquiry_id, language in languages.items()
        ]
        params = {"ids": list(languages), "rows": to_json(rows).decode()}
        await session.execute(_RELABEL, params)
