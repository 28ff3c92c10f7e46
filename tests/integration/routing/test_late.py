"""Whoever acts too late is told why, and a manager is told of nobody else by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.routes import lead_actions
from shared.database import Database, Session, reading
from tests.integration.routing.harness import Company
from tests.integration.routing.test_bulk import bulk, statuses


async def late(company: Company, lead: Any, **more: Any) -> httpx.Response:
    answer = await company.attempt("accept", lead, **more)
    assert answer.status_code == 409, answer.text
    return answer


async def test_a_lease_that_ran_out_says_so_and_who_has_it_since_when(company: Company) -> None:
    names = {await company.manager("Anna"): "Anna", await company.manager("Boris"): "Boris"}
    lead = await company.assigned()
    company.pass_time(minutes=5)
    await company.tick()
    problem = (await late(company, lead)).json()
    assert problem["type"].endswith("lease-ended")
    assert "it was not accepted in time" in problem["detail"]
    assert problem["ending"]["outcome"] == "accept_expired"
    assert problem["ending"]["next_since"] is None
    company.pass_time(minutes=1)
    await company.assign()
    again = await company.lead(lead["lead_id"])
    answer = await late(company, lead)
    assert "Another manager has had the lead since 2026-03-02T09:06:00Z." in answer.json()["detail"]
    assert again["owner_id"] not in answer.text
    assert names[UUID(again["owner_id"])] not in answer.text
    assert "lead" not in answer.json(), "the lead is not theirs to see"
    supervisor = (await late(company, lead, role="supervisor")).json()
    assert supervisor["type"].endswith("stale-version")
    assert supervisor["ending"]["next_owner_id"] == again["owner_id"]
    assert supervisor["lead"]["version"] == again["version"]


async def test_each_way_of_losing_a_lead_has_its_reason(company: Company) -> None:
    await company.manager("Anna", capacity=100)
    boris = await company.manager("Boris", status="away", capacity=100)
    declined = await company.assigned("declined")
    await company.perform("decline", declined)
    returned = await company.perform("accept", await company.assigned("returned"))
    await company.perform("return", returned)
    moved = await company.assigned("moved")
    await company.perform("reassign", moved, role="supervisor", manager_id=str(boris))
    elder = await company.assigned("elder")
    company.pass_time(seconds=1)
    younger = await company.assigned("younger")
    await company.relink("younger", "elder")
    outcomes = {}
    for lead in (declined, returned, moved, younger):
        outcomes[lead["lead_id"]] = (await late(company, lead)).json()["ending"]
    assert [ending["outcome"] for ending in outcomes.values()] == [
        "declined",
        "returned",
        "reassigned",
        "merged",
    ]
    assert outcomes[younger["lead_id"]]["merged_into"] == elder["lead_id"]
    members = (await late(company, moved, role="supervisor")).json()["ending"]
    assert members["by"] is not None
    assert "by" not in outcomes[moved["lead_id"]]


async def test_for_whoever_never_had_it_there_is_no_such_lead(company: Company) -> None:
    await company.manager("Anna")
    boris = await company.manager("Boris", status="away")
    lead = await company.assigned()
    for action in ("accept", "decline", "return"):
        assert (await company.attempt(action, lead, by=boris)).status_code == 404


def lost_while_refused(
    company: Company, monkeypatch: pytest.MonkeyPatch, lead: Any, *, to: UUID
) -> None:
    """A supervisor moves the lead after its owner was refused, before that is answered."""
    moves = [lead]

    @asynccontextmanager
    async def after_the_move(database: Database) -> AsyncIterator[Session]:
        while moves:
            await company.perform("reassign", moves.pop(), role="supervisor", manager_id=str(to))
        async with reading(database) as session:
            yield session

    monkeypatch.setattr(lead_actions, "reading", after_the_move)


async def test_whoever_loses_a_lead_while_they_are_refused_is_told_so(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.manager("Anna")
    boris = await company.manager("Boris", status="away")
    lead = await company.assigned()
    lost_while_refused(company, monkeypatch, lead, to=boris)
    answer = await company.attempt("won", lead)
    assert answer.status_code == 409, answer.text
    problem = answer.json()
    assert problem["type"].endswith("lease-ended")
    assert problem["ending"]["outcome"] == "reassigned"
    assert "lead" not in problem, "the lead is not theirs to see"


async def test_of_many_leads_one_that_is_lost_meanwhile_is_told_and_the_others_are_done(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await company.manager("Anna")
    boris = await company.manager("Boris", status="away")
    lost = await company.assigned("lost")
    done = await company.perform("accept", await company.assigned("done"))
    lost_while_refused(company, monkeypatch, lost, to=boris)
    answer = await bulk(company, "return", [lost, done], role="manager", by=str(anna))
    assert statuses(answer) == [409, 200]
    refused = answer.json()["results"][0]
    assert refused["problem"]["type"].endswith("lease-ended")
    assert refused["lead"] is None, "the lead is not theirs to see"


async def test_whoever_reopens_what_another_has_now_is_told_so(company: Company) -> None:
    await company.manager("Anna")
    boris = await company.manager("Boris", status="away")
    lead = await company.perform("accept", await company.assigned())
    closed = await company.perform("won", lead)
    again = await company.perform("reopen", closed, role="supervisor", reason="they are back")
    await company.perform("reassign", again, role="supervisor", manager_id=str(boris))
    answer = await company.attempt("reopen", closed, reason="they are back")
    assert answer.status_code == 409, answer.text
    assert answer.json()["ending"]["outcome"] == "reassigned"
