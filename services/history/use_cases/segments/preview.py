"""How many persons a filter would find: counted, or where that takes too long, estimated."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.history.domain.segments.estimating import Block, Estimate, estimate
from services.history.repository.cards import cards, persons
from services.history.repository.cards.cards import Card, CardFilter
from services.history.repository.segments import members
from services.history.repository.segments.conditions import Condition, Moment, condition
from services.history.repository.session_time import TOOK_TOO_LONG, limit_time
from services.history.use_cases.segments.configure import SegmentContent, understood
from shared.database import Database, Session, reading, sqlstate, transaction
from shared.errors import InvalidError, UnavailableError

PREVIEWED = 20  # persons that a preview shows
COUNTING_SECONDS = 2.0  # then it is estimated
SAMPLING_SECONDS = 2.0
MOST_SAMPLED = 20_000  # persons
_BLOCKS_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Preview:
    """`is_exact`: all were counted; else some were looked at, and `persons` are of those."""

    number: Estimate
    is_exact: bool
    persons: Sequence[Card]


async def preview(database: Database, content: SegmentContent, *, now: datetime) -> Preview:
    """Whom the filter finds now; nothing is stored. Raises InvalidError, also for a filter that
    takes so long that not even some persons can be looked at.
    """
    async with reading(database) as session:
        node = await understood(session, content.filter)
    fits = condition(node, Moment(now, ZoneInfo(content.time_zone)))
    try:
        return await _counted(database, fits)
    except UnavailableError as error:
        if sqlstate(error) != TOOK_TOO_LONG:
            raise
    return await _estimated(database, fits)


async def _counted(database: Database, fits: Condition) -> Preview:
    criteria = CardFilter(conditions=[fits])
    async with transaction(database) as session:  # the limit of time is set for one
        await limit_time(session, seconds=COUNTING_SECONDS)
        count = await cards.count_cards(session, criteria)
        some = await _first(session, criteria) if count else []
    return Preview(Estimate(count, count, count), is_exact=True, persons=some)


async def _first(session: Session, criteria: CardFilter) -> Sequence[Card]:
    return await cards.list_cards(
        session, criteria, sort=cards.SORTS["person_id"], after=None, limit=PREVIEWED
    )


async def _estimated(database: Database, fits: Condition) -> Preview:
    """Looks at blocks of persons, in a chance order, while there is time."""
    async with reading(database) as session:
        total = await members.count_persons(session)
    blocks: list[Block] = []
    person_ids: list[UUID] = []
    ends = time.monotonic() + SAMPLING_SECONDS
    try:
        async with transaction(database) as session:
            percent = min(100.0, 100 * MOST_SAMPLED / max(1, total))
            sample = list((await members.list_sample(session, percent=percent)).values())
            random.shuffle(sample)
            while sample and (seconds := ends - time.monotonic()) > 0:
                lot, sample = sample[:_BLOCKS_AT_ONCE], sample[_BLOCKS_AT_ONCE:]
                await limit_time(session, seconds=max(seconds, 0.001))
                ids = [person_id for block in lot for person_id in block]
                fitting = await members.fitting_among(session, fits, ids)
                blocks += [Block(len(block), len(fitting & set(block))) for block in lot]
                person_ids += sorted(fitting)
    except UnavailableError as error:
        if sqlstate(error) != TOOK_TOO_LONG or not blocks:
            raise refusal_of(error) from error
    async with reading(database) as session:
        some = await persons.list_persons(session, sorted(person_ids)[:PREVIEWED])
    return Preview(estimate(blocks, total=total), is_exact=False, persons=some)


def refusal_of(error: UnavailableError) -> Exception:
    """What is answered where nothing could be looked at in time."""
    if sqlstate(error) != TOOK_TOO_LONG:
        return error
    return InvalidError(
        "The filter takes too long to look at.",
        errors=[("/filter", "takes too long: ask of cards rather than of measures, or of less")],
    )
