"""Writes the facts, a set at a time. The row of a fact changes only by events of its stream."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

from services.kpi.domain.facts import InquiryFact, LeadFact, ManagerName, Touch
from services.kpi.tables import PROJECTIONS
from services.kpi.tables.facts import (
    contact_link,
    inquiry,
    inquiry_link,
    lead,
    manager,
    touch,
)
from shared.contracts.lead_state import InquiryLink
from shared.database import Session
from shared.projection import ContactLink

Fact = InquiryFact | LeadFact | InquiryLink | Touch | ContactLink | ManagerName
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _FactTable:
    """The table of one kind of fact, which has a member for each column.

    A row is replaced if `replacing`, in a table with versions only by one of a higher version.
    """

    table: Table
    replacing: bool = True

    def write(self) -> str:
        """SQL that takes the facts as one array per column, named after table and column."""
        name, columns = self.table.name, self.table.columns
        arrays = ", ".join(
            f"CAST(:{name}_{column.name} AS {column.type.compile(_DIALECT)}[])"
            for column in columns
        )
        return (
            f"INSERT INTO {name} ({', '.join(columns.keys())}) SELECT * FROM unnest({arrays})"
            f" ON CONFLICT ({', '.join(self.table.primary_key.columns.keys())}) DO {self._action()}"
        )

    def _action(self) -> str:
        if not self.replacing:
            return "NOTHING"
        names = [column.name for column in self.table.columns if not column.primary_key]
        updates = ", ".join(f"{name} = excluded.{name}" for name in names)
        is_newer = f" WHERE {self.table.name}.version < excluded.version"
        return f"UPDATE SET {updates}{is_newer if 'version' in names else ''}"

    def find(self) -> str:
        (key,) = self.table.primary_key.columns.keys()
        return (
            f"SELECT {', '.join(self.table.columns.keys())} FROM {self.table.name}"
            f" WHERE {key} = ANY(CAST(:ids AS uuid[]))"
        )

    def params(self, facts: Sequence[Fact]) -> dict[str, list[Any]]:
        names = self.table.columns.keys()
        rows = map(attrgetter(*names), facts)
        columns = zip(*rows, strict=True) if facts else ([] for _ in names)
        return {
            f"{self.table.name}_{name}": list(column)
            for name, column in zip(names, columns, strict=True)
        }


_INQUIRY: Final = _FactTable(inquiry)
_LEAD: Final = _FactTable(lead)
_INQUIRY_LINK: Final = _FactTable(inquiry_link, replacing=False)
_TOUCH: Final = _FactTable(touch, replacing=False)
_CONTACT_LINK: Final = _FactTable(contact_link)
_MANAGER: Final = _FactTable(manager)
_FIND_INQUIRIES = _INQUIRY.find()
_FIND_LEADS = _LEAD.find()
# One statement writes all that the events of a batch usually need.
_WRITE_FACTS = (
    f"WITH inquiries AS ({_INQUIRY.write()}), leads AS ({_LEAD.write()}) {_INQUIRY_LINK.write()}"
)
_ADD_TOUCHES = _TOUCH.write()
_WRITE_CONTACT_LINKS = _CONTACT_LINK.write()
_WRITE_MANAGERS = _MANAGER.write()


async def find_inquiries(
    session: Session, inquiry_ids: Collection[UUID]
) -> dict[UUID, InquiryFact]:
    rows = await session.execute(_FIND_INQUIRIES, {"ids": list(inquiry_ids)})
    return {row.inquiry_id: InquiryFact(**row) for row in rows}


async def find_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, LeadFact]:
    rows = await session.execute(_FIND_LEADS, {"ids": list(lead_ids)})
    return {row.lead_id: LeadFact(**row) for row in rows}


async def write_facts(
    session: Session,
    *,
    inquiries: Sequence[InquiryFact],
    leads: Sequence[LeadFact],
    links: Sequence[InquiryLink],
) -> None:
    """Write inquiries and leads as they are now, both sorted by id, and add links."""
    if inquiries or leads or links:
        await session.execute(
            _WRITE_FACTS,
            {
                **_INQUIRY.params(inquiries),
                **_LEAD.params(leads),
                **_INQUIRY_LINK.params(links),
            },
        )


async def add_touches(session: Session, touches: Sequence[Touch]) -> None:
    if touches:
        await session.execute(_ADD_TOUCHES, _TOUCH.params(touches))


async def write_contact_links(session: Session, links: Sequence[ContactLink]) -> None:
    """Write the links, sorted by contact. A stored link of a higher version stays."""
    if links:
        await session.execute(_WRITE_CONTACT_LINKS, _CONTACT_LINK.params(links))


async def write_managers(session: Session, names: Sequence[ManagerName]) -> None:
    """Write the names, sorted by manager. A stored name of a higher version stays."""
    if names:
        await session.execute(_WRITE_MANAGERS, _MANAGER.params(names))


async def clear(session: Session) -> None:
    """Empty the projections, which a replay fills again: all tables but those of messaging."""
    names = ", ".join(table.name for table in PROJECTIONS)
    await session.execute(f"TRUNCATE {names}")
