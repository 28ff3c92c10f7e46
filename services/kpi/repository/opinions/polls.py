"""Rows of polls and answers; an answer may be changed while its round lasts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.kpi.domain.forecast.opinions import Estimate
from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.opinions.polls import Answer, Poll, PollKind
from services.kpi.tables.opinions import opinion_answer, opinion_poll
from shared.database import Row, Session
from shared.errors import NotFoundError

_MOST_BESIDE: Final = 50  # polls that stand beside a forecast, the latest ones
# Answers are looked for poll by poll: among all there are, those of a page are few.
_ESTIMATES: Final = """
SELECT p.poll_id, array_agg(CAST(a.low AS double precision)),
    array_agg(CAST(a.likely AS double precision)),
    array_agg(CAST(a.high AS double precision))
FROM unnest(CAST(:polls AS uuid[])) AS p (poll_id), LATERAL (
        SELECT max(round) AS round FROM opinion_answer WHERE poll_id = p.poll_id) AS last,
    LATERAL (
        SELECT low, likely, high FROM opinion_answer
        WHERE poll_id = p.poll_id AND round = last.round OFFSET 0) AS a
GROUP BY p.poll_id
"""
_FIELDS: Final = [item.name for item in fields(Poll)]
_STATE: Final = (
    "poll_id", "round", "salt", "made_at", "made_by", "closed_at", "closed_by", "cancel_reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRow:
    """A poll in its present `round`; `salt` is of that one where answers are anonymous. One that
    was cancelled is closed, and says why.
    """

    poll_id: UUID
    poll: Poll
    round: int
    salt: bytes | None
    made_at: datetime
    made_by: str
    closed_at: datetime | None = None
    closed_by: str | None = None
    cancel_reason: str | None = None


def no_such_poll() -> NotFoundError:
    return NotFoundError("There is no such poll.")


async def add_poll(session: Session, item: PollRow) -> None:
    values: dict[str, Any] = {name: getattr(item.poll, name) for name in _FIELDS}
    values |= {name: getattr(item, name) for name in _STATE}
    values["sample"] = list(item.poll.sample)
    await session.execute(insert(opinion_poll).values(values))


async def change_poll(session: Session, item: PollRow) -> None:
    """Another round, or the end."""
    names = ("round", "salt", "closed_at", "closed_by", "cancel_reason")
    values = {name: getattr(item, name) for name in names}
    place = opinion_poll.c.poll_id == item.poll_id
    await session.execute(update(opinion_poll).where(place).values(values))


async def get_poll(session: Session, poll_id: UUID, *, lock: bool = False) -> PollRow:
    """Raises NotFoundError."""
    query = select(opinion_poll).where(opinion_poll.c.poll_id == poll_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise no_such_poll()
    return _poll(row)


async def list_polls(
    session: Session, *, measure: str | None, before: UUID | None, limit: int
) -> list[PollRow]:
    """Newest id first, one more than `limit`."""
    query = select(opinion_poll).order_by(opinion_poll.c.poll_id.desc()).limit(limit + 1)
    if measure is not None:
        query = query.where(opinion_poll.c.measure == measure)
    if before is not None:
        query = query.where(opinion_poll.c.poll_id < before)
    return [_poll(row) for row in await session.execute(query)]


def _closed() -> Select[Any]:
    table = opinion_poll.c
    return select(opinion_poll).where(table.closed_at.is_not(None), table.cancel_reason.is_(None))


async def list_beside(
    session: Session, first: date, end: date, **criteria: str | None
) -> list[PollRow]:
    """Polls that are closed, of days from `first` to before `end`, whose columns have these values;
    the latest first.
    """
    table = opinion_poll.c
    query = _closed().where(table.first >= first, table.end <= end)
    for name, value in criteria.items():
        query = query.where(table[name].is_not_distinct_from(value))
    query = query.order_by(table.poll_id.desc()).limit(_MOST_BESIDE)
    return [_poll(row) for row in await session.execute(query)]


async def list_over(
    session: Session, today: date, *, limit: int, **criteria: str | None
) -> list[PollRow]:
    """Polls that are closed and whose days are over, whose columns have these values; the latest
    first.
    """
    table = opinion_poll.c
    query = _closed().where(table.end <= today)
    for name, value in criteria.items():
        query = query.where(table[name].is_not_distinct_from(value))
    query = query.order_by(table.end.desc(), table.poll_id.desc()).limit(limit)
    return [_poll(row) for row in await session.execute(query)]


async def put_answer(session: Session, poll_id: UUID, answer: Answer) -> None:
    """The answer in place of what the same one said in the same round."""
    table = opinion_answer.c
    values = {"poll_id": poll_id} | {item.name: getattr(answer, item.name) for item in _ANSWER}
    statement = upsert(opinion_answer).values(values)
    changes = {name: statement.excluded[name] for name in ("name", "low", "likely", "high")}
    place = [table.poll_id, table.round, table.respondent]
    await session.execute(statement.on_conflict_do_update(index_elements=place, set_=changes))


async def drop_answers(session: Session, poll_id: UUID, number: int | None = None) -> None:
    """Of a round, or of all of them."""
    table = opinion_answer.c
    query = delete(opinion_answer).where(table.poll_id == poll_id)
    await session.execute(query if number is None else query.where(table.round == number))


async def list_answers(session: Session, poll_id: UUID) -> list[Answer]:
    """By rounds; within one by what was said, which tells nobody's place."""
    table = opinion_answer.c
    query = (
        select(opinion_answer)
        .where(table.poll_id == poll_id)
        .order_by(table.round, table.likely, table.respondent)
    )
    return [_answer(row) for row in await session.execute(query)]


async def estimates_of(session: Session, polls: Sequence[PollRow]) -> dict[UUID, list[Estimate]]:
    """What was answered in the last round of several polls, by theirs, in no order."""
    estimates: dict[UUID, list[Estimate]] = {item.poll_id: [] for item in polls}
    params = {"polls": list(estimates)}
    for poll_id, *columns in await session.execute(_ESTIMATES, params):
        estimates[poll_id] = list(map(Estimate, *columns))
    return estimates


_ANSWER: Final = fields(Answer)


def _answer(row: Row) -> Answer:
    return Answer(**{item.name: row[item.name] for item in _ANSWER})


def _poll(row: Row) -> PollRow:
    members = {name: row[name] for name in _FIELDS}
    members |= {
        "kind": PollKind(row.kind),
        "measure": Measure(row.measure),
        "sample": tuple(row.sample),
    }
    return PollRow(poll=Poll(**members), **{name: row[name] for name in _STATE})
