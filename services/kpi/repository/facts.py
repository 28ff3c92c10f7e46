"""Writes the facts, a set at a time; each is a row that its own stream alone moves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any
from uuid import UUID

from services.kpi.domain.facts import InquiryFact, LeadFact, Link, Touch
from services.kpi.tables import PROJECTIONS
from shared.database import Session

Fact = InquiryFact | LeadFact | Link | Touch

_TYPES = {
    "inquiry": (
        "uuid", "uuid", "uuid", "text", "text", "timestamptz", "boolean", "timestamptz", "text",
        "text", "text",
    ),
    "lead": (
        "uuid", "uuid", "uuid", "text", "text", "text", "timestamptz", "boolean", "uuid",
        "timestamptz", "timestamptz", "timestamptz", "timestamptz", "uuid", "numeric", "text",
    ),
    "link": ("uuid", "uuid", "uuid", "smallint"),
    "touch": (
        "uuid", "uuid", "uuid", "uuid", "text", "text", "timestamptz", "timestamptz", "boolean",
    ),
}  # fmt: skip
_PUT_CONTACTS = """
INSERT INTO contact AS c (contact_id, canonical_id, version)
SELECT * FROM unnest(CAST(:contacts AS uuid[]), CAST(:canonical AS uuid[]),
    CAST(:versions AS bigint[]))
ON CONFLICT (contact_id) DO UPDATE SET
    canonical_id = excluded.canonical_id, version = excluded.version
WHERE c.version < excluded.version
"""
_PUT_MANAGERS = """
INSERT INTO manager AS m (manager_id, name, version)
SELECT * FROM unnest(CAST(:managers AS uuid[]), CAST(:names AS text[]),
    CAST(:versions AS bigint[]))
ON CONFLICT (manager_id) DO UPDATE SET name = excluded.name, version = excluded.version
WHERE m.version < excluded.version
"""


async def inquiries_by_id(
    session: Session, inquiry_ids: Collection[UUID]
) -> dict[UUID, InquiryFact]:
    rows = await _rows(session, "inquiry", InquiryFact, inquiry_ids)
    return {row.inquiry_id: row for row in rows}


async def leads_by_id(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, LeadFact]:
    rows = await _rows(session, "lead", LeadFact, lead_ids)
    return {row.lead_id: row for row in rows}


async def put_inquiries(session: Session, facts: Collection[InquiryFact]) -> None:
    ordered = sorted(facts, key=lambda fact: fact.inquiry_id)
    await _put(session, "inquiry", InquiryFact, ordered)


async def put_leads(session: Session, facts: Collection[LeadFact]) -> None:
    ordered = sorted(facts, key=lambda fact: fact.lead_id)
    await _put(session, "lead", LeadFact, ordered)


async def add_links(session: Session, links: Sequence[Link]) -> None:
    await _put(session, "link", Link, links, replacing=False)


async def add_touches(session: Session, touches: Sequence[Touch]) -> None:
    await _put(session, "touch", Touch, touches, replacing=False)


async def put_contacts(session: Session, latest: Mapping[UUID, tuple[UUID, int]]) -> None:
    """`latest` gives the canonical id and its version by contact id; the highest version stays."""
    ordered = sorted(latest.items())
    if ordered:
        await session.execute(
            _PUT_CONTACTS,
            {
                "contacts": [contact_id for contact_id, _ in ordered],
                "canonical": [canonical_id for _, (canonical_id, _) in ordered],
                "versions": [version for _, (_, version) in ordered],
            },
        )


async def put_managers(session: Session, latest: Mapping[UUID, tuple[str | None, int]]) -> None:
    """`latest` gives the name and its version by manager id; the highest version stays."""
    ordered = sorted(latest.items(), key=lambda entry: entry[0])
    if ordered:
        await session.execute(
            _PUT_MANAGERS,
            {
                "managers": [manager_id for manager_id, _ in ordered],
                "names": [name for _, (name, _) in ordered],
                "versions": [version for _, (_, version) in ordered],
            },
        )


async def clear(session: Session) -> None:
    """Empty what can be heard again, which is everything but the kernel's tables."""
    names = ", ".join(table.name for table in PROJECTIONS)
    await session.execute(f"TRUNCATE {names}")


async def _rows(session: Session, table: str, kind: type[Any], ids: Collection[UUID]) -> list[Any]:
    names = [field.name for field in fields(kind)]
    found = await session.execute(
        f"SELECT {', '.join(names)} FROM {table} WHERE {names[0]} = ANY(CAST(:ids AS uuid[]))",
        {"ids": list(ids)},
    )
    return [kind(**row) for row in found]


async def _put(
    session: Session,
    table: str,
    kind: type[Fact],
    facts: Sequence[Fact],
    *,
    replacing: bool = True,
) -> None:
    if not facts:
        return
    names = [field.name for field in fields(kind)]
    arrays = ", ".join(
        f"CAST(:{name} AS {type_}[])" for name, type_ in zip(names, _TYPES[table], strict=True)
    )
    action = "DO NOTHING"
    if replacing:
        moved = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        action = f"({names[0]}) DO UPDATE SET {moved}"
    columns = zip(*(astuple(fact) for fact in facts), strict=True)
    await session.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({arrays})"
        f" ON CONFLICT {action}",
        {name: list(column) for name, column in zip(names, columns, strict=True)},
    )
