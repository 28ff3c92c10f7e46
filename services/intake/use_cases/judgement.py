"""Spam: every inquiry gets its score and the reasons; what is beyond its source's threshold is set
aside.

Invariant: what is set aside stays whole, with the reasons, until a person releases or rejects it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.intake.domain.requests import Content, Draft, is_trusted
from services.intake.domain.spam import (
    REPEATING_PEOPLE,
    BlockedPoint,
    Evidence,
    evidence_of,
    folded,
    judged,
)
from services.intake.domain.states import QuarantineReason
from services.intake.repository import spam
from services.intake.repository.spam import Sighting, SpamMemory, Suspicion
from services.intake.use_cases.interpret import Reading
from shared.clock import Clock
from shared.contracts.inquiry import Spam
from shared.database import Database, Session, transaction
from shared.runtime.loop import Loop, Progress
from shared.runtime.pace import Pace

SAME_TEXT_FOR: Final = timedelta(days=1)
FORGET_SECONDS: Final = 60.0
FORGOTTEN_AT_ONCE = 20_000  # rows of a kind, in one round


async def without_spam(
    session: Session, readings: Sequence[Reading], *, now: datetime
) -> list[Reading]:
    """The readings with the score of each inquiry; what is set aside has become a quarantine."""
    pace = Pace()
    evidence: list[list[Evidence]] = []
    for reading in readings:
        evidence.append([evidence_of(draft) for draft in reading.content.drafts])
        await pace.breathe()
    if not any(evidence):
        return list(readings)
    memory = await spam.find_known(
        session,
        {point for group in evidence for one in group for point in one.points},
        set(_sightings(readings, evidence)),
        since=now - SAME_TEXT_FOR,
    )
    verdicts: list[Reading] = []
    suspicions: list[Suspicion] = []
    for reading, group in zip(readings, evidence, strict=True):
        scored = _scored(reading, group, memory) if group else reading
        for text, person in _texts(reading, group):
            memory.senders.setdefault(text, set()).add(person)
        if _is_set_aside(scored):
            suspicions.append((reading.submission_id, *_suspicion(scored, group)))
            scored = _set_aside(reading)
        verdicts.append(scored)
    if suspicions:
        await spam.add_suspicions(session, suspicions)
    return verdicts


def _sightings(
    readings: Sequence[Reading], evidence: Sequence[Sequence[Evidence]]
) -> Iterator[Sighting]:
    for reading, group in zip(readings, evidence, strict=True):
        for text, person in _texts(reading, group):
            yield text, person, reading.submission.received_at


def _texts(reading: Reading, group: Sequence[Evidence]) -> Iterator[tuple[bytes, bytes]]:
    """Digests of the texts that strangers sent, and of these people."""
    if not is_trusted(reading.submission, reading.source):
        for one in group:
            if one.text_digest and one.person:
                yield one.text_digest, one.person


def _scored(reading: Reading, group: Sequence[Evidence], memory: SpamMemory) -> Reading:
    signs = [{*evidence.signs, *_known_signs(evidence, memory)} for evidence in group]
    if not any(signs):
        return reading
    drafts = [
        draft.model_copy(update={"spam": judged(draft.spam, reasons)})
        for draft, reasons in zip(reading.content.drafts, signs, strict=True)
    ]
    return replace(reading, content=replace(reading.content, drafts=tuple(drafts)))


def _known_signs(evidence: Evidence, memory: SpamMemory) -> Iterator[str]:
    for point in evidence.points if memory.blocked else ():
        if point in memory.blocked:
            yield "blocked_domain" if point.kind == "domain" else "blocked"
    if memory.words:
        words = folded(evidence.words)
        if any(f" {word} " in words for word in memory.words):
            yield "blocked_word"
    if evidence.text_digest is not None and evidence.person is not None:
        others = memory.senders.get(evidence.text_digest, set()) - {evidence.person}
        if len(others) >= REPEATING_PEOPLE:
            yield "repeated_text"


def _is_set_aside(reading: Reading) -> bool:
    """Whether all that it says is spam: one customer among many is not lost with the others."""
    threshold = reading.source.spam_threshold
    if threshold is None or reading.submission.released:
        return False
    if is_trusted(reading.submission, reading.source):
        return False
    drafts = reading.content.drafts
    return bool(drafts) and all(_is_spam(draft, threshold) for draft in drafts)


def _is_spam(draft: Draft, threshold: float) -> bool:
    is_call = draft.call is not None or draft.channel == "call"
    return draft.spam.score >= threshold and not is_call and not draft.is_test


def _set_aside(reading: Reading) -> Reading:
    verdict = Content(quarantined=QuarantineReason.SPAM, external_id=reading.content.external_id)
    return replace(reading, content=verdict)


def _suspicion(reading: Reading, group: Sequence[Evidence]) -> tuple[Spam, list[BlockedPoint]]:
    scores = [draft.spam for draft in reading.content.drafts]
    reasons = dict.fromkeys(reason for one in scores for reason in one.reasons)
    points = dict.fromkeys(point for evidence in group for point in evidence.learnable)
    return Spam(score=max(one.score for one in scores), reasons=tuple(reasons)), list(points)


def forgetting_loop(database: Database, *, clock: Clock) -> Loop:
    """Deletes the digests of texts and words that nothing looks at any more."""

    async def run(progress: Progress) -> None:
        while True:
            async with transaction(database) as session:
                await spam.forget(session, now=clock(), limit=FORGOTTEN_AT_ONCE)
            await progress.rest(FORGET_SECONDS)

    return Loop("forgetting", run)
