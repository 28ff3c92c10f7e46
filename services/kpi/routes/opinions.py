"""Polls: what the staff, executives and experts expect, and what a sample of the market bought."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.kpi.domain.forecast.past import Measure
from services.kpi.repository.opinions import polls as rows
from services.kpi.repository.reports.figures import take_snapshot
from services.kpi.routes.plans import CompanyZone
from services.kpi.schemas.opinions import AnswerIn, PollCancelIn, PollIn, PollOut, PollViewOut
from services.kpi.use_cases.opinions import polls
from services.kpi.use_cases.opinions.polls import AnswerWish
from shared.database import reading, transaction
from shared.errors import InvalidError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.tokens import Caller

router = APIRouter(tags=["planning"])
MAY_POLL = Allow("supervisor")
MAY_ANSWER = Allow("supervisor", "manager")
Pollster = Annotated[Caller, Depends(MAY_POLL)]
Respondent = Annotated[Caller, Depends(MAY_ANSWER)]


@router.post("/v1/opinions", status_code=201)
async def create_poll(caller: Pollster, body: PollIn, database: DatabaseOf, now: Now) -> PollOut:
    """Ask the staff, executives or experts, or say what a sample bought: a market test is closed at
    once, the others take answers until they are.
    """
    async with transaction(database) as session:
        row = await polls.create_poll(session, body.poll(), actor=caller.actor, now=now)
    return PollOut.of(row)


@router.get("/v1/opinions", dependencies=[Depends(MAY_ANSWER)])
async def list_polls(
    database: DatabaseOf,
    measure: Measure | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[PollOut]:
    """What is asked and was asked, the newest first."""
    before = uuid_cursor(cursor)
    async with reading(database) as session:
        polls_there = await rows.list_polls(session, measure=measure, before=before, limit=limit)
    items = [PollOut.of(row) for row in polls_there]
    return page(items, limit=limit, key=lambda item: item.poll_id)


@router.get("/v1/opinions/{poll_id}")
async def show_poll(
    caller: Respondent, database: DatabaseOf, now: Now, zone: CompanyZone, poll_id: UUID
) -> PollViewOut:
    """The figures of Delphi's rounds that are over, without who said what, and what the answers
    come to once the poll is closed; and how far that was from what came, once its days are over.
    """
    async with transaction(database) as session:
        await take_snapshot(session)
        view = await polls.show_poll(session, poll_id, zone, now=now)
    return PollViewOut.of_view(view, with_names=caller.manager_id is None)


@router.put("/v1/opinions/{poll_id}/answer", status_code=204)
async def put_answer(
    caller: Respondent, body: AnswerIn, database: DatabaseOf, poll_id: UUID
) -> None:
    """Answer in the present round; said again it takes the place of what was said. Whoever is no
    manager names the respondent. Delphi's answers are kept without a name, and from the end of
    their round on nobody can tell whose they were.
    """
    wish = _answer(caller, body)
    async with transaction(database) as session:
        await polls.put_answer(session, poll_id, wish)


def _answer(caller: Caller, body: AnswerIn) -> AnswerWish:
    """Raises InvalidError."""
    low = body.likely if body.low is None else body.low
    high = body.likely if body.high is None else body.high
    if caller.manager_id is not None:
        if body.respondent is not None:
            raise InvalidError(
                "A manager answers for nobody else.",
                errors=[("/respondent", "is you: leave it out")],
            )
        return AnswerWish(str(caller.manager_id), str(caller.manager_id), low, body.likely, high)
    if body.respondent is None:
        raise InvalidError("Say whose answer it is.", errors=[("/respondent", "names who says so")])
    return AnswerWish(body.respondent.casefold(), body.respondent, low, body.likely, high)


@router.post("/v1/opinions/{poll_id}/rounds", dependencies=[Depends(MAY_POLL)])
async def begin_round(database: DatabaseOf, poll_id: UUID) -> PollOut:
    """End Delphi's present round: its median and quartiles are shown, and everybody may answer
    anew. A round of fewer than three would tell who said what.
    """
    async with transaction(database) as session:
        row = await polls.begin_round(session, poll_id)
    return PollOut.of(row)


@router.post("/v1/opinions/{poll_id}/close")
async def close_poll(caller: Pollster, database: DatabaseOf, now: Now, poll_id: UUID) -> PollOut:
    """Take no more answers. What they come to stands beside forecasts of the same days."""
    async with transaction(database) as session:
        row = await polls.close_poll(session, poll_id, actor=caller.actor, now=now)
    return PollOut.of(row)


@router.post("/v1/opinions/{poll_id}/cancel")
async def cancel_poll(
    caller: Pollster, body: PollCancelIn, database: DatabaseOf, now: Now, poll_id: UUID
) -> PollOut:
    """End an open poll without a result, as where too few answer. What was answered is forgotten;
    the poll stays in the list, closed, with the reason.
    """
    async with transaction(database) as session:
        row = await polls.cancel_poll(
            session, poll_id, reason=body.reason, actor=caller.actor, now=now
        )
    return PollOut.of(row)
