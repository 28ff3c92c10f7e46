"""Polls: begun, answered, led to the next round, closed. Delphi's answers are nobody's."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.forecast.opinions import Round
from services.kpi.domain.opinions.polls import (
    LEAST_ANONYMOUS,
    Answer,
    Poll,
    PollKind,
    answer_faults,
    band_of,
    estimates_of,
    poll_faults,
    rounds_of,
)
from services.kpi.repository.opinions import polls as rows
from services.kpi.repository.opinions.polls import PollRow
from services.kpi.use_cases.errors import PollStateError
from services.kpi.use_cases.forecast.past import require_key
from services.kpi.use_cases.opinions.record import fact_of
from shared.database import Session
from shared.errors import InvalidError
from shared.ids import derived_id, new_id

MOST_ROUNDS: Final = 10
MOST_ANSWERS: Final = 500  # of a round
_SALT_BYTES: Final = 32


class AnswerWish(NamedTuple):
    """What somebody answers: `respondent` tells one from another, `name` is shown where answers
    are not anonymous.
    """

    respondent: str
    name: str
    low: Decimal
    likely: Decimal
    high: Decimal


class PollView(NamedTuple):
    """A poll with the figures of its rounds that are over, how many have answered in the present
    one, what the answers come to once it is closed, and whose they are where that is no secret.
    `fact` is what its days came to, once they are over.
    """

    row: PollRow
    rounds: Sequence[Round]
    present_answers: int
    band: Band | None
    answers: Sequence[Answer]
    fact: Decimal | None


async def create_poll(session: Session, poll: Poll, *, actor: str, now: datetime) -> PollRow:
    """A market test is closed at once: its sample is all that is asked. Raises InvalidError."""
    errors = [(f"/{name}", detail) for name, detail in poll_faults(poll)]
    if errors:
        raise InvalidError("It is no poll.", errors=errors)
    is_over = poll.kind == PollKind.MARKET_TEST
    row = PollRow(
        poll_id=new_id(),
        poll=replace(poll, key=require_key(poll.axis, poll.key) or None),
        round=1,
        salt=_new_salt(poll),
        made_at=now,
        made_by=actor,
        closed_at=now if is_over else None,
        closed_by=actor if is_over else None,
    )
    await rows.add_poll(session, row)
    return row


def _new_salt(poll: Poll) -> bytes | None:
    return os.urandom(_SALT_BYTES) if poll.kind == PollKind.DELPHI else None


async def put_answer(session: Session, poll_id: UUID, wish: AnswerWish) -> PollRow:
    """What somebody expects; said again in the same round it takes the place of what was said.
    Raises InvalidError, NotFoundError, PollStateError.
    """
    row = await _open_poll(session, poll_id)
    errors = [
        (f"/{name}", detail) for name, detail in answer_faults(wish.low, wish.likely, wish.high)
    ]
    if errors:
        raise InvalidError("It is no answer.", errors=errors)
    respondent, name = _respondent(row, wish)
    answer = Answer(row.round, respondent, name, wish.low, wish.likely, wish.high)
    others = [one for one in await rows.list_answers(session, poll_id) if one.round == row.round]
    if len(others) >= MOST_ANSWERS and respondent not in {one.respondent for one in others}:
        raise PollStateError(f"The round has {MOST_ANSWERS} answers, the most.")
    await rows.put_answer(session, poll_id, answer)
    return row


def _respondent(row: PollRow, wish: AnswerWish) -> tuple[UUID, str | None]:
    """Who it is, as it is stored: by a salt that ends with the round, nobody in the end."""
    if row.salt is None:
        return derived_id("respondent", row.poll_id, wish.respondent), wish.name
    digest = hashlib.blake2b(wish.respondent.encode(), key=row.salt, digest_size=16).digest()
    return UUID(bytes=digest), None


async def begin_round(session: Session, poll_id: UUID) -> PollRow:
    """The present round is over, its figures are shown, and everybody may answer anew. Raises
    NotFoundError, PollStateError.
    """
    row = await _open_poll(session, poll_id)
    if row.poll.kind != PollKind.DELPHI:
        raise PollStateError("Only Delphi asks in rounds.")
    if row.round >= MOST_ROUNDS:
        raise PollStateError(f"There are at most {MOST_ROUNDS} rounds.")
    await _require_answers(session, row)
    later = replace(row, round=row.round + 1, salt=_new_salt(row.poll))
    await rows.change_poll(session, later)
    return later


async def close_poll(session: Session, poll_id: UUID, *, actor: str, now: datetime) -> PollRow:
    """No more answers: what they come to stands beside forecasts. Of Delphi's rounds it is the last
    one that is over, where the present one has too few answers. Raises NotFoundError,
    PollStateError.
    """
    row = await _open_poll(session, poll_id)
    if row.round > 1 and await _count_answers(session, row) < LEAST_ANONYMOUS:
        await rows.drop_answers(session, poll_id, row.round)
        row = replace(row, round=row.round - 1)
    await _require_answers(session, row)
    closed = replace(row, salt=None, closed_at=now, closed_by=actor)
    await rows.change_poll(session, closed)
    return closed


async def cancel_poll(
    session: Session, poll_id: UUID, *, reason: str, actor: str, now: datetime
) -> PollRow:
    """The end of a poll that comes to nothing, as where too few answer: what was answered is
    forgotten. Raises NotFoundError, PollStateError.
    """
    row = await _open_poll(session, poll_id)
    await rows.drop_answers(session, poll_id)
    end = replace(row, salt=None, closed_at=now, closed_by=actor, cancel_reason=reason)
    await rows.change_poll(session, end)
    return end


async def _open_poll(session: Session, poll_id: UUID) -> PollRow:
    row = await rows.get_poll(session, poll_id, lock=True)
    if row.closed_at is not None:
        raise PollStateError("The poll is closed.")
    return row


async def _count_answers(session: Session, row: PollRow) -> int:
    answers = await rows.list_answers(session, row.poll_id)
    return sum(answer.round == row.round for answer in answers)


async def _require_answers(session: Session, row: PollRow) -> None:
    count = await _count_answers(session, row)
    least = LEAST_ANONYMOUS if row.poll.kind == PollKind.DELPHI else 1
    if count < least:
        raise PollStateError(f"The round has {count} answers, and needs {least}.")


async def show_poll(session: Session, poll_id: UUID, zone: ZoneInfo, *, now: datetime) -> PollView:
    """Raises NotFoundError."""
    row = await rows.get_poll(session, poll_id)
    answers = await rows.list_answers(session, poll_id)
    is_over = row.closed_at is not None
    is_anonymous = row.poll.kind == PollKind.DELPHI
    return PollView(
        row=row,
        rounds=rounds_of(answers, row.round + is_over) if is_anonymous else (),
        present_answers=sum(answer.round == row.round for answer in answers),
        band=band_of(row.poll, estimates_of(answers)) if is_over else None,
        answers=() if is_anonymous else answers,
        fact=await fact_of(session, row.poll, zone, now=now) if is_over else None,
    )
