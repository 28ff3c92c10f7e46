"""One partition's records up the ladder: position, streams, effects and what is said, one commit.

One law: records are never passed over; a batch that begins beyond the position is not touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.database import Session, transaction
from shared.messaging import held, taking
from shared.messaging.bus import Partition, Record
from shared.messaging.decoding import Arrived, Garbled, decode_record
from shared.messaging.ladder import Hand, Rungs, climb
from shared.messaging.ordering import Plan, Stream
from shared.messaging.positions import lock_position, move_position
from shared.messaging.taking import Listener


@dataclass(frozen=True, slots=True)
class Letter:
    """A record of the log, read."""

    offset: int
    content: Arrived | Garbled


@dataclass(frozen=True, slots=True)
class Outcome:
    """The position now; `fits` is false when the records begin beyond it and were left alone."""

    position: int
    fits: bool = True


@dataclass(eq=False)
class PartitionBatch:
    """One batch on its way. `sought` is the position that was asked of the log for it, if any."""

    listener: Listener
    hand: Hand
    log_id: str
    partition: Partition
    sought: int | None
    outcome: Outcome = field(default_factory=lambda: Outcome(0))
    advanced: set[Stream] = field(default_factory=set)


def beyond(*, position: int, first: int, sought: int | None) -> bool:
    """Whether records were skipped. A log may have holes in its numbers: when it was already asked
    for exactly this position and still begins later, there is nothing in between.
    """
    return first > position and sought != position


async def pass_through(batch: PartitionBatch, records: Sequence[Record]) -> Outcome:
    """Let the records take effect, or be held; the place to read on from."""
    letters = [
        Letter(record.offset, decode_record(record, log_id=batch.log_id)) for record in records
    ]
    await climb(
        batch.hand,
        letters,
        Rungs[Letter](
            name=lambda letter: str(letter.offset),
            together=lambda some: _together(batch, some),
            alone=lambda letter: _alone(batch, letter),
            set_aside=lambda letter, reason, error: _set_aside(batch, letter, reason, error),
        ),
    )
    if batch.advanced:
        # Held successors did not follow at once: each is tried by itself, as its predecessor was.
        successors = Hand(batch.listener.database, f"{batch.hand.loop}/drain")
        await taking.drain(batch.listener, successors, sorted(batch.advanced))
    return batch.outcome


async def _together(batch: PartitionBatch, letters: Sequence[Letter]) -> None:
    async with transaction(batch.listener.database) as session:
        new = await _still_to_do(batch, session, letters)
        if not new:
            return
        plan = await _take_in(batch, session, new, drain=None)
    taking.count(batch.listener, plan)


async def _alone(batch: PartitionBatch, letter: Letter) -> None:
    async with transaction(batch.listener.database) as session:
        if not await _still_to_do(batch, session, [letter]):
            return
        plan = await _take_in(batch, session, [letter], drain=0)
    taking.count(batch.listener, plan)
    batch.advanced.update(plan.seen)


async def _set_aside(
    batch: PartitionBatch, letter: Letter, reason: str, error: BaseException | None
) -> None:
    listener = batch.listener
    async with transaction(listener.database) as session:
        if not await _still_to_do(batch, session, [letter]):
            return
        if isinstance(letter.content, Garbled):
            await held.hold_garbled(session, letter.content, now=listener.clock())
        else:
            detail = None if error is None else taking.fault(error)
            await taking.set_aside(listener, session, letter.content, reason=reason, detail=detail)
        await _move(batch, session, letter)


async def _still_to_do(
    batch: PartitionBatch, session: Session, letters: Sequence[Letter]
) -> Sequence[Letter]:
    """Lock the position; what of the letters is not yet done, nothing if they begin beyond it."""
    await batch.hand.put_down(session)
    position = await lock_position(session, batch.log_id, batch.partition)
    new = [letter for letter in letters if letter.offset >= position]
    skipped = bool(new) and beyond(position=position, first=new[0].offset, sought=batch.sought)
    batch.outcome = Outcome(position, fits=not skipped)
    return [] if skipped else new


async def _take_in(
    batch: PartitionBatch, session: Session, letters: Sequence[Letter], *, drain: int | None
) -> Plan:
    listener = batch.listener
    garbled = [letter.content for letter in letters if isinstance(letter.content, Garbled)]
    for item in garbled:
        await held.hold_garbled(session, item, now=listener.clock())
    arrived = [letter.content for letter in letters if isinstance(letter.content, Arrived)]
    plan = await taking.take_in(listener, session, arrived, drain=drain)
    await _move(batch, session, letters[-1])
    return plan


async def _move(batch: PartitionBatch, session: Session, last: Letter) -> None:
    position = last.offset + 1
    await move_position(session, batch.log_id, batch.partition, next_offset=position)
    batch.outcome = Outcome(position)
