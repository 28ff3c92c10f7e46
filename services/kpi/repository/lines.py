"""Versions of lines that people tell: rows are only added, and the latest of each key is true."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Table, select, tuple_
from sqlalchemy.dialects import postgresql

from services.kpi.domain.lines.versions import LineVersion
from services.kpi.repository.versions import Part
from shared.database import Row, Session
from shared.statements import columns

Line = TypeVar("Line", bound=NamedTuple)
Key = tuple[Any, ...]
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext(:name))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger(Generic[Line]):
    """Where a kind of lines lies. Its `fields`, the parts of a line, are columns of the table; of
    each `key`, parts or derived of them, there are versions, whose `value` is null where it was
    taken back. Whoever holds `lock` until the commit counts them. Lists go by `time`; `sums` is a
    statement that takes what was added.
    """

    noun: str
    table: Table
    line: Callable[..., Line]
    fields: tuple[str, ...]
    key: tuple[str, ...]
    value: str
    lock: str
    time: str = "day"
    sums: str | None = None

    def key_of(self, line: Line) -> Key:
        return tuple(getattr(line, name) for name in self.key)

    def order_of(self, line: Line) -> Key:
        """What lists go by."""
        return getattr(line, self.time), *self.key_of(line)

    def version_of(self, row: Row) -> LineVersion[Line]:
        """The version of a row."""
        parts = {name: row[name] for name in self.fields}
        value = parts[self.value]
        parts[self.value] = Decimal(0) if value is None else value
        return LineVersion(self.line(**parts), value, row.version, row.author, row.recorded_at)


class _Statements(NamedTuple):
    latest: str
    versions: str
    outdate: str
    add: str
    names: str  # of the columns that `add` is given


@cache
def _statements(ledger: Ledger[Any]) -> _Statements:
    table, key = ledger.table, ", ".join(ledger.key)
    names = list(dict.fromkeys([*ledger.key, "version", *ledger.fields]))
    added = ", ".join(names)

    def unnested(of: Sequence[str]) -> str:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        lists = (f"CAST(:{name} AS {table.c[name].type.compile(dialect)}[])" for name in of)
        return f"unnest({', '.join(lists)}) AS n ({', '.join(of)})"

    def same(sign: str) -> str:
        return " AND ".join(f"{table.name}.{name} = {sign}{name}" for name in ledger.key)

    return _Statements(
        f"SELECT {table.name}.* FROM {unnested(ledger.key)} JOIN {table.name} USING ({key})"
        " WHERE is_latest",
        f"SELECT * FROM {table.name} WHERE {same(':')}"
        " AND (CAST(:before AS bigint) IS NULL OR version < CAST(:before AS bigint))"
        " ORDER BY version DESC LIMIT CAST(:limit AS bigint)",
        f"UPDATE {table.name} SET is_latest = false FROM {unnested(ledger.key)}"
        f" WHERE {same('n.')} AND is_latest",
        f"INSERT INTO {table.name} ({added}, author, recorded_at, is_latest)"
        f" SELECT {added}, :author, CAST(:recorded_at AS timestamptz), true"
        f" FROM {unnested(names)}",
        " ".join(names),
    )


async def lock(session: Session, name: str) -> None:
    """Until the commit."""
    await session.execute(_LOCK, {"name": name})


async def list_latest(
    session: Session, ledger: Ledger[Line], keys: Collection[Key]
) -> dict[Key, LineVersion[Line]]:
    """The latest versions by key, those that were taken back included."""
    parameters = columns(" ".join(ledger.key), sorted(keys))
    rows = await session.execute(_statements(ledger).latest, parameters)
    return {tuple(row[name] for name in ledger.key): ledger.version_of(row) for row in rows}


async def list_versions(
    session: Session, ledger: Ledger[Line], key: Key, part: Part
) -> list[LineVersion[Line]]:
    """Its versions, the latest first, one more than the limit."""
    parameters = dict(zip(ledger.key, key, strict=True))
    parameters |= {"before": part.before, "limit": None if part.limit is None else part.limit + 1}
    rows = await session.execute(_statements(ledger).versions, parameters)
    return [ledger.version_of(row) for row in rows]


async def add_versions(
    session: Session,
    ledger: Ledger[Line],
    versions: Sequence[tuple[Line, Decimal | None, int]],
    *,
    author: str,
    now: datetime,
) -> None:
    """Add lines with their values and versions, which are the latest from now on; a value of None
    takes back.
    """
    if not versions:
        return
    statements, rows = _statements(ledger), []
    for line, value, version in versions:
        parts = {**dict(zip(ledger.key, ledger.key_of(line), strict=True)), **line._asdict()}
        parts |= {ledger.value: value, "version": version}
        rows.append([parts[name] for name in statements.names.split()])
    parameters: dict[str, Any] = dict(columns(statements.names, rows))
    await session.execute(statements.outdate, {name: parameters[name] for name in ledger.key})
    parameters |= {"author": author, "recorded_at": now}
    await session.execute(statements.add, parameters)
    if ledger.sums is not None:
        await session.execute(ledger.sums, parameters)


class Window(NamedTuple):
    """What is listed: `equal` are conditions by column and `end` is excluded; None is none."""

    first: date | None = None
    end: date | None = None
    equal: Mapping[str, Any] = {}


async def list_lines(
    session: Session,
    ledger: Ledger[Line],
    window: Window,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[LineVersion[Line]]:
    """What is told and not taken back, the latest first, one more than `limit`."""
    table = ledger.table.c
    time = table[ledger.time]
    place = tuple_(time, *(table[name] for name in ledger.key))
    conditions: list[Any] = [table.is_latest, table[ledger.value].is_not(None)]
    if after is not None:
        conditions.append(place < after)
    if window.first is not None:
        conditions.append(time >= window.first)
    if window.end is not None:
        conditions.append(time < window.end)
    conditions += [
        table[name] == value for name, value in window.equal.items() if value is not None
    ]
    query = select(ledger.table).where(*conditions).order_by(place.desc()).limit(limit + 1)
    return [ledger.version_of(row) for row in await session.execute(query)]
