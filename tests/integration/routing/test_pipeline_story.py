"""Days by chance in a strict pipeline, and reopening while the contact writes again."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.routing.harness import Company

STAGES = ["new", "talk", "offer", "contract"]
TERMS = {
    "stages": {
        "talk": {"back": False},
        "offer": {"skip": False, "requires": ["budget"], "rot_hours": 5},
        "contract": {"enter_from": ["offer"], "requires": ["amount"]},
    },
    "won_requires": ["amount"],
    "loss_reasons": ["price", "time"],
    "next_action": True,
}
PERIOD = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
PEOPLE = 5


async def attempt(company: Company, choice: random.Random) -> None:
    """Whatever a manager may try; what is refused has to be refused with the field named."""
    rows = await company.rows("SELECT lead_id FROM lead WHERE state <> 'merged' ORDER BY number")
    lead = await company.lead(choice.choice(rows)["lead_id"])
    due_at = (company.now + timedelta(hours=choice.randrange(1, 9))).isoformat()
    plan: dict[str, Any] = choice.choice([{}, {"next_action": {"text": "call", "due_at": due_at}}])
    facts: dict[str, Any] = choice.choice([{}, {"facts": {"budget": "5"}}])
    price: dict[str, Any] = choice.choice([{}, {"amount": 10, "currency": "RUB"}])
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("accept", plan),
        ("stage", {"stage": choice.choice(STAGES), **facts, **price, **plan}),
        ("stage", {"stage": choice.choice(STAGES), **facts, **price, **plan}),
        ("won", price),
        ("lost", {"loss_reason": choice.choice(["price", "weather"])}),
        ("reopen", {"reason": "again", **plan}),
        ("next-action", choice.choice([{}, {"text": "write", "due_at": due_at}])),
        ("return", {}),
        ("decline", {}),
    ]
    action, body = choice.choice(deeds)
    role = None if lead["owner_id"] else "supervisor"
    answer = await company.attempt(action, lead, role=role, **body)
    assert answer.status_code in {200, 409, 422}, answer.text
    if answer.status_code == 422:
        assert answer.json()["errors"], answer.text


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_tried_every_path_conforms(company: Company, seed: int) -> None:
    choice = random.Random(seed)
    body = {"name": "Sales", "stages": STAGES, "terms": TERMS}
    await company.ask("PUT", "/v1/pipelines/sales", json=body)
    for name in ("Anna", "Boris"):
        await company.manager(name, capacity=2)
    for _ in range(90):
        company.pass_time(seconds=choice.randrange(1, 90))
        await company.watch()
        if choice.random() < 0.2:
            await company.inquire(choice.randrange(PEOPLE), pipeline="sales")
            await company.assign()
        elif await company.rows("SELECT lead_id FROM lead LIMIT 1"):
            await attempt(company, choice)
    measured = await company.get("/v1/pipelines/sales/conformance", params=PERIOD)
    assert measured["leads"] > 0
    assert [item for item in measured["deviations"] if item["kind"] != "rotting"] == []
    bare = await company.rows(
        """SELECT lead_id FROM lead WHERE state = 'open' AND accepted_at IS NOT NULL
            AND next_action IS NULL"""
    )
    assert not bare, "no accepted lead without a next action"
    await company.check()


async def closed(company: Company, people: Sequence[int]) -> list[Any]:
    leads = []
    for person in people:
        lead = await company.perform("accept", await company.assigned(person))
        leads.append(await company.perform("lost", lead, loss_reason="price"))
    return leads


async def test_reopening_races_with_the_next_inquiry_of_the_contact(company: Company) -> None:
    """Whoever comes first: one lead waits, nothing is doubled, and nobody is left hanging."""
    await company.manager(capacity=50)
    people = range(6)
    leads = await closed(company, people)
    answers = await asyncio.gather(
        *(company.attempt("reopen", lead, role="supervisor", reason="x") for lead in leads),
        *(company.attempt("reopen", lead, reason="y") for lead in leads),
        *(company.consume(company.inquiry(person)) for person in people),
    )
    codes = [answer.status_code for answer in answers if answer is not None]
    assert set(codes) <= {200, 409}, codes
    waiting = await company.rows(
        """SELECT canonical_id FROM lead WHERE state = 'open' AND accepted_at IS NULL
            GROUP BY canonical_id HAVING count(*) > 1"""
    )
    assert not waiting
    for lead in leads:
        epochs = await company.rows(
            "SELECT epoch FROM assignment WHERE lead_id = :id ORDER BY epoch", id=lead["lead_id"]
        )
        assert [row["epoch"] for row in epochs] in ([1], [1, 2])
    await company.check()
