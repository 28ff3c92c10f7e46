"""Renormalisations as rows: jobs, the submissions of their windows, and what differs."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_, update

from services.intake.domain.renormalising import ENDED, Difference
from services.intake.domain.requests import Submission
from services.intake.repository.submissions import PARTS, submission_of
from services.intake.tables import renormalisation, renormalisation_difference
from shared.database import Row, Session
from shared.errors import NotFoundError
from shared.ids import first_id
from shared.statements import columns

# An id is made when its submission is received, by the same clock or nearly so.
_AROUND: Final = timedelta(days=1)
_WINDOW: Final = f"""
SELECT {PARTS}, coalesce(repaired_body, body) AS body,
    ARRAY(SELECT name FROM follow_up AS f WHERE f.submission_id = submission.submission_id
        AND f.status = 'fetched' ORDER BY name) AS fetched_names,
    ARRAY(SELECT answer FROM follow_up AS f WHERE f.submission_id = submission.submission_id
        AND f.status = 'fetched' ORDER BY name) AS fetched_answers
FROM submission
WHERE submission_id > :after AND submission_id < :before AND state <> 'pending'
    AND erased_at IS NULL
    AND received_at >= :since AND received_at < :until
    AND (CAST(:source_id AS uuid) IS NULL OR source_id = :source_id)
    AND (CAST(:adapter AS text) IS NULL
        OR source_id IN (SELECT source_id FROM source WHERE adapter = :adapter))
ORDER BY submission_id LIMIT :limit
"""
_LOCK: Final = """
SELECT submission_id, state, reason FROM submission
WHERE submission_id = ANY(CAST(:ids AS uuid[])) ORDER BY submission_id FOR UPDATE
"""
_INQUIRIES: Final = """
SELECT inquiry_id, submission_id FROM inquiry WHERE submission_id = ANY(CAST(:ids AS uuid[]))
"""
_ADD: Final = """
INSERT INTO renormalisation_difference (renormalisation_id, submission_id, place, kind, inquiry_id,
    path, before, after)
SELECT :job_id, submission_id, place, kind, inquiry_id, path, CAST(before AS json),
    CAST(after AS json)
FROM unnest(CAST(:submissions AS uuid[]), CAST(:places AS bigint[]), CAST(:kinds AS text[]),
    CAST(:inquiries AS uuid[]), CAST(:paths AS text[]), CAST(:befores AS text[]),
    CAST(:afters AS text[]))
    AS n(submission_id, place, kind, inquiry_id, path, before, after)
"""


async def add_renormalisation(session: Session, values: Mapping[str, Any]) -> None:
    start = first_id(values["since"] - _AROUND)
    await session.execute(insert(renormalisation).values({**values, "last_id": start}))


async def get_renormalisation(session: Session, job_id: UUID, *, lock: bool = False) -> Row:
    """Raises NotFoundError."""
    query = select(renormalisation).where(renormalisation.c.renormalisation_id == job_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFoundError("There is no such renormalisation.")
    return row


async def find_next(session: Session) -> Row | None:
    """The one that has waited longest."""
    query = select(renormalisation).where(renormalisation.c.state.not_in(ENDED))
    return (
        await session.execute(query.order_by(renormalisation.c.renormalisation_id).limit(1))
    ).first()


async def list_renormalisations(session: Session, *, after: UUID | None, limit: int) -> list[Row]:
    """Newest id first, one more than `limit`."""
    query = select(renormalisation).order_by(renormalisation.c.renormalisation_id.desc())
    if after is not None:
        query = query.where(renormalisation.c.renormalisation_id < after)
    return await session.execute(query.limit(limit + 1))


async def change_renormalisation(session: Session, job_id: UUID, values: Mapping[str, Any]) -> None:
    query = update(renormalisation).where(renormalisation.c.renormalisation_id == job_id)
    await session.execute(query.values(dict(values)))


async def begin_again(session: Session, job: Row) -> None:
    """Forget its differences, and stand before the first submission of its window."""
    job_id = job["renormalisation_id"]
    table = renormalisation_difference
    await session.execute(delete(table).where(table.c.renormalisation_id == job_id))
    start = {"last_id": first_id(job["since"] - _AROUND), "ended_at": None}
    counts = [
        *("submissions_done", "inquiries_changed", "submissions_revived"),
        *("submissions_to_review", "submissions_unread"),
    ]
    await change_renormalisation(session, job_id, {**start, **dict.fromkeys(counts, 0)})


async def list_window(session: Session, job: Row, *, limit: int) -> list[Submission]:
    """The next submissions of its window that are settled, with what was fetched for them."""
    names = ("since", "until", "source_id", "adapter")
    params = {
        **{name: job[name] for name in names},
        "after": job["last_id"],
        "before": first_id(job["until"] + _AROUND),
        "limit": limit,
    }
    return [
        submission_of(row, zip(row["fetched_names"], row["fetched_answers"], strict=True))
        for row in await session.execute(_WINDOW, params)
    ]


async def lock_submissions(session: Session, ids: Sequence[UUID]) -> dict[UUID, Row]:
    rows = await session.execute(_LOCK, {"ids": list(ids)})
    return {row["submission_id"]: row for row in rows}


async def find_inquiry_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Submission → its inquiries."""
    ids_by_submission: dict[UUID, list[UUID]] = {one: [] for one in ids}
    for row in await session.execute(_INQUIRIES, {"ids": list(ids)}):
        ids_by_submission[row["submission_id"]].append(row["inquiry_id"])
    return ids_by_submission


async def add_differences(
    session: Session, job_id: UUID, differences: Mapping[UUID, Sequence[Difference]]
) -> None:
    """Of each submission, in order."""
    values = [
        (
            *(submission_id, place, item.kind, item.inquiry_id, item.path),
            *(json.dumps(item.before), json.dumps(item.after)),
        )
        for submission_id, items in differences.items()
        for place, item in enumerate(items)
    ]
    names = "submissions places kinds inquiries paths befores afters"
    await session.execute(_ADD, {**columns(names, values), "job_id": job_id})


async def list_differences(
    session: Session, job_id: UUID, *, after: tuple[UUID, int] | None, limit: int
) -> list[Row]:
    """In the order of receipt, one more than `limit`."""
    table = renormalisation_difference.c
    place = tuple_(table.submission_id, table.place)
    query = select(renormalisation_difference).where(table.renormalisation_id == job_id)
    if after is not None:
        query = query.where(place > after)
    return await session.execute(query.order_by(place).limit(limit + 1))
