"""Writes the facts, a set at a time. The row of a fact changes only by events of its stream."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from services.kpi.domain.facts import InquiryFact, LeadFact, Link, Touch
from services.kpi.tables import PROJECTIONS
from shared.database import Session

Fact = InquiryFact | LeadFact | Link | Touch


@dataclass(frozen=True, slots=True)
class _Form:
    """The table of one kind of fact: a column for each field, the key first."""

    table: str
    kind: type[Any]
    types: tuple[str, ...]
    replacing: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self.kind))

    def put(self) -> str:
        """SQL that writes facts given as one array per column, named after table and column."""
        arrays = ", ".join(
            f"CAST(:{self.table}_{name} AS {type_}[])"
            for name, type_ in zip(self.names, self.types, strict=True)
        )
        updates = ", ".join(f"{name} = excluded.{name}" for name in self.names[1:])
        action = f"({self.names[0]}) DO UPDATE SET {updates}" if self.replacing else "DO NOTHING"
        return (
            f"INSERT INTO {self.table} ({', '.join(self.names)}) SELECT * FROM unnest({arrays})"
            f" ON CONFLICT {action}"
        )

    def find(self) -> str:
        return (
            f"SELECT {', '.join(self.names)} FROM {self.table}"
            f" WHERE {self.names[0]} = ANY(CAST(:ids AS uuid[]))"
        )

    def columns(self, facts: Sequence[Fact]) -> dict[str, list[Any]]:
        rows = map(attrgetter(*self.names), facts)
        columns = zip(*rows, strict=True) if facts else ([] for _ in self.names)
        values_by_name = zip(self.names, columns, strict=True)
        return {f"{self.table}_{name}": list(column) for name, column in values_by_name}


_INQUIRY: Final = _Form(
    "inquiry",
    InquiryFact,
    (
        "uuid", "uuid", "uuid", "text", "text", "timestamptz", "boolean", "timestamptz", "text",
        "text", "text",
    ),
)  # fmt: skip
_LEAD: Final = _Form(
    "lead",
    LeadFact,
    (
        "uuid", "uuid", "uuid", "text", "text", "text", "timestamptz", "boolean", "uuid",
        "timestamptz", "timestamptz", "timestamptz", "timestamptz", "uuid", "numeric", "text",
    ),
)  # fmt: skip
_LINK: Final = _Form("link", Link, ("uuid", "uuid", "uuid", "smallint"), replacing=False)
_TOUCH: Final = _Form(
    "touch",
    Touch,
    ("uuid", "uuid", "uuid", "uuid", "text", "text", "timestamptz", "timestamptz", "boolean"),
    replacing=False,
)
_INQUIRIES_BY_ID = _INQUIRY.find()
_LEADS_BY_ID = _LEAD.find()
# One statement writes all that the events of a batch usually need.
_PUT_FACTS = f"WITH inquiries AS ({_INQUIRY.put()}), leads AS ({_LEAD.put()}) {_LINK.put()}"
_ADD_TOUCHES = _TOUCH.put()
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
    rows = await session.execute(_INQUIRIES_BY_ID, {"ids": list(inquiry_ids)})
    return {row.inquiry_id: InquiryFact(**row) for row in rows}


async def leads_by_id(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, LeadFact]:
    rows = await session.execute(_LEADS_BY_ID, {"ids": list(lead_ids)})
    return {row.lead_id: LeadFact(**row) for row in rows}


async def put_facts(
    session: Session,
    *,
    inquiries: Mapping[UUID, InquiryFact],
    leads: Mapping[UUID, LeadFact],
    links: Sequence[Link],
) -> None:
    """Write inquiries and leads as they are now, by their ids, and add links."""
    if inquiries or leads or links:
        await session.execute(
            _PUT_FACTS,
            {
                **_INQUIRY.columns([inquiries[key] for key in sorted(inquiries)]),
                **_LEAD.columns([leads[key] for key in sorted(leads)]),
                **_LINK.columns(links),
            },
        )


async def add_touches(session: Session, touches: Sequence[Touch]) -> None:
    if touches:
        await session.execute(_ADD_TOUCHES, _TOUCH.columns(touches))


async def put_contacts(session: Session, latest: Mapping[UUID, tuple[UUID, int]]) -> None:
    """Write contact → (canonical, version). A stored link of a higher version stays."""
    by_id = sorted(latest.items())
    if by_id:
        await session.execute(
            _PUT_CONTACTS,
            {
                "contacts": [contact_id for contact_id, _ in by_id],
                "canonical": [canonical_id for _, (canonical_id, _) in by_id],
                "versions": [version for _, (_, version) in by_id],
            },
        )


async def put_managers(session: Session, latest: Mapping[UUID, tuple[str | None, int]]) -> None:
    """Write manager → (name, version). A stored name of a higher version stays."""
    by_id = sorted(latest.items(), key=lambda entry: entry[0])
    if by_id:
        await session.execute(
            _PUT_MANAGERS,
            {
                "managers": [manager_id for manager_id, _ in by_id],
                "names": [name for _, (name, _) in by_id],
                "versions": [version for _, (_, version) in by_id],
            },
        )


async def clear(session: Session) -> None:
    """Empty the projections, which a replay fills again: all tables but those of messaging."""
    names = ", ".join(table.name for table in PROJECTIONS)
    await session.execute(f"TRUNCATE {names}")
