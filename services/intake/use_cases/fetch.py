"""The fetcher: documents that providers keep for us, each with tries of its own for a day and more.

A source has one fetch under way and an adapter two, so a provider that is down delays nobody else.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

import structlog

from services.intake.domain import fetching
from services.intake.domain.fetching import FollowUpStatus, Verdict
from services.intake.domain.requests import FollowUp, SourceView, Submission
from services.intake.repository import follow_ups
from services.intake.repository.follow_ups import DueFollowUp
from services.intake.repository.submissions import list_pending_by_id
from services.intake.use_cases.follow_ups import DUE
from services.intake.use_cases.interpret import MAX_READING_SECONDS
from services.intake.use_cases.settling import POLL_SECONDS, SET_APART, Normaliser
from shared.database import reading, transaction
from shared.errors import UnavailableError
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Progress
from shared.sandbox.process import SandboxError
from shared.web.public_client import Fetched, FetchError, PublicClient

log = structlog.get_logger()
MOST_AT_ONCE: Final = 16
MOST_OF_AN_ADAPTER: Final = 2
LONGEST_REST: Final = timedelta(minutes=1)  # of a source whose provider did not answer


@dataclass(eq=False)
class Fetcher:
    """`under_way`: source → adapter; `rests`: source → until when its provider is left alone.

    The normaliser's reader is the fetcher's own, because each of its processes does one thing at
    a time. An answer has `most_bytes` at most, one for a channel of mails `most_mail_bytes`.
    """

    normaliser: Normaliser
    client: PublicClient
    most_bytes: int
    most_mail_bytes: int
    jitter: Callable[[], float] = random.random
    under_way: dict[UUID, str] = field(default_factory=dict)
    rests: dict[UUID, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a try; `error` says in one word why it was in vain."""

    verdict: Verdict
    error: str | None = None
    optional: bool = False
    answer: bytes | None = None
    retry_after: str | None = None


async def fetch_all(fetcher: Fetcher, progress: Progress) -> NoReturn:
    """Fetch for ever, woken when a document is due and by itself once a second.

    Raises UnavailableError. Its end ends the process apart.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await start_due(fetcher, tasks)
                progress.beat()
                await fetcher.normaliser.database.wakeup.wait(DUE, seconds=POLL_SECONDS)
    except* UnavailableError as errors:
        raise UnavailableError("Nothing can be fetched now.") from errors
    finally:
        await fetcher.normaliser.reader.sandbox.close()


async def start_due(fetcher: Fetcher, tasks: asyncio.TaskGroup) -> int:
    """Begin as many fetches as may be under way together. Returns their number."""
    now = fetcher.normaliser.clock()
    fetcher.rests = {source: until for source, until in fetcher.rests.items() if until > now}
    async with reading(fetcher.normaliser.database) as session:
        busy = {*fetcher.under_way, *fetcher.rests}
        due = await follow_ups.list_due(session, busy=busy, now=now)
    count = 0
    adapters = Counter(fetcher.under_way.values())
    for follow_up in due:
        if len(fetcher.under_way) >= MOST_AT_ONCE:
            break
        if adapters[follow_up.adapter] < MOST_OF_AN_ADAPTER:
            adapters[follow_up.adapter] += 1
            fetcher.under_way[follow_up.source_id] = follow_up.adapter
            tasks.create_task(_fetch(fetcher, follow_up))
            count += 1
    return count


async def _fetch(fetcher: Fetcher, due: DueFollowUp) -> None:
    """One try. What comes of it is lost in an outage of ours, and it is repeated; after a fault of
    our own, which is logged, the source rests.
    """
    try:
        await _record(fetcher, due, await _try(fetcher, due))
    except UnavailableError:
        log.warning("fetcher.outage", submission_id=str(due.submission_id))
    except Exception as error:  # noqa: BLE001  one of them must not end the others
        service = fetcher.normaliser.database.service
        log.error(  # noqa: TRY400  the message may hold the address
            "fetcher.fault", submission_id=str(due.submission_id), error=type(error).__name__
        )
        metrics_of(service).faults.labels(service, "fetcher").inc()
        fetcher.rests[due.source_id] = fetcher.normaliser.clock() + LONGEST_REST
    finally:
        del fetcher.under_way[due.source_id]
        fetcher.normaliser.database.wakeup.notify_here(DUE)


async def _try(fetcher: Fetcher, due: DueFollowUp) -> Result:
    async with reading(fetcher.normaliser.database) as session:
        pending = await list_pending_by_id(session, [due.submission_id])
        items = await fetcher.normaliser.sources.load(session, pending)
    if not pending:  # an older backup had it as waiting, and it was settled since
        return Result(Verdict.GONE, "not_wanted")
    if not items:  # its source cannot be opened here
        return Result(Verdict.LATER, "no_secrets")
    submission, source = items[0]
    try:
        follow_up = await _present_follow_up(fetcher, submission, source, due.name)
    except SandboxError:
        return Result(Verdict.LATER, "not_read")
    if follow_up is None:
        return Result(Verdict.GONE, "not_wanted")
    return replace(await _ask(fetcher, follow_up, source), optional=follow_up.optional)


async def _present_follow_up(
    fetcher: Fetcher, submission: Submission, source: SourceView, name: str
) -> FollowUp | None:
    """The follow-up as the submission names it now, with the present secrets of its source."""
    reader = fetcher.normaliser.reader
    (result,) = reader.here([(submission, source)])
    if result is None:
        result = await reader.apart(submission, source, cpu_seconds=MAX_READING_SECONDS)
    return next((item for item in result.content.follow_ups if item.name == name), None)


async def _ask(fetcher: Fetcher, follow_up: FollowUp, source: SourceView) -> Result:
    channel = fetcher.normaliser.reader.channels[source.adapter]
    most = fetcher.most_mail_bytes if channel.mail else fetcher.most_bytes
    try:
        answer = await fetcher.client.get(
            follow_up.url, hosts=channel.fetch_hosts, headers=follow_up.headers, most=most
        )
    except FetchError as error:
        return Result(Verdict.GONE if error.forever else Verdict.LATER, error.reason)
    return _judged(answer)


def _judged(answer: Fetched) -> Result:
    verdict = fetching.verdict(answer.status)
    if verdict is Verdict.FETCHED:
        return Result(verdict, answer=answer.body)
    return Result(verdict, f"{verdict}_{answer.status}", retry_after=answer.retry_after)


async def _record(fetcher: Fetcher, due: DueFollowUp, result: Result) -> None:
    now = fetcher.normaliser.clock()
    status, next_at = FollowUpStatus.WAITING, now
    if result.verdict is Verdict.FETCHED:
        status = FollowUpStatus.FETCHED
    elif _is_over(due, result, now=now):
        status = FollowUpStatus.FAILED
    else:
        pause = fetching.pause(
            due.tries + 1,
            refused=result.verdict is Verdict.REFUSED,
            jitter=fetcher.jitter(),
            retry_after=fetching.wish(result.retry_after, now=now),
        )
        next_at = now + (min(pause, fetching.PATIENCE) if result.optional else pause)
        # Its other documents would meet the same provider, and use up tries of theirs.
        fetcher.rests[due.source_id] = now + min(pause, LONGEST_REST)
    if result.error is not None:
        log.warning(
            "fetcher.no_answer",
            submission_id=str(due.submission_id),
            source_id=str(due.source_id),
            error=result.error,
        )
    async with transaction(fetcher.normaliser.database) as session:
        await follow_ups.record_try(
            session,
            due,
            status=status,
            error=result.error,
            answer=result.answer,
            next_at=next_at,
            now=now,
        )
        session.notify_after_commit(SET_APART)


def _is_over(due: DueFollowUp, result: Result, *, now: datetime) -> bool:
    if result.verdict is Verdict.GONE or (result.verdict is Verdict.REFUSED and result.optional):
        return True
    first_try = due.first_try_at or now
    return fetching.is_over(
        tries=due.tries + 1, first_try=first_try, now=now, optional=result.optional
    )
