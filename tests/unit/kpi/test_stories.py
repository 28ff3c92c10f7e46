"""Stories told from facts, counted by hand, and what must hold for any order."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kpi.domain.facts import InquiryFact, InquiryLinkFact, LeadOpening, LeadStep, Touch
from services.kpi.domain.stories.circles import circles, put_together
from services.kpi.domain.stories.contributions import Counting
from services.kpi.domain.stories.folding import tell
from services.kpi.domain.stories.story import FOR_EVER, LeadStory, Version
from services.kpi.domain.stories.versions import retold
from tests.support.event_streams import MORNING, some_id

LEAD, TWIN, INQUIRY, CONTACT, SOURCE = (
    some_id(name) for name in ("lead", "twin", "inquiry", "contact", "source")
)
ANNA, BORIS = some_id("anna"), some_id("boris")
TONIGHT = MORNING.replace(hour=0) + timedelta(days=1)


def after(minutes: float) -> Any:
    return MORNING + timedelta(minutes=minutes)


def opening(lead_id: UUID = LEAD) -> LeadOpening:
    return LeadOpening(
        lead_id, CONTACT, INQUIRY, MORNING, MORNING, MORNING, SOURCE, "form", "default", "sales",
        "new", "normal", is_test=False,
    )  # fmt: skip


def inquiry() -> InquiryFact:
    return InquiryFact(
        inquiry_id=INQUIRY, contact_id=CONTACT, known_at=MORNING, received_at=MORNING,
        source_id=SOURCE, source_key="site", channel="form", is_test=False, is_repeat=False,
        answered_at=None, priority_class="normal", language=None, region="Tula", product=None,
        utm_source=None, utm_medium=None, utm_campaign="spring", utm_term=None, utm_content=None,
        click_kinds="",
    )  # fmt: skip


def steps(*kinds: tuple[str, dict[str, Any]], lead_id: UUID = LEAD) -> list[LeadStep]:
    """One every minute from 9:01 on."""
    return [
        LeadStep(lead_id, number + 1, after(number), after(number), kind, **members)
        for number, (kind, members) in enumerate(kinds, start=1)
    ]


def assigned(manager_id: UUID) -> tuple[str, dict[str, Any]]:
    return "assigned", {
        "manager_id": manager_id,
        "accept_by": after(5),
        "first_touch_by": after(30),
    }


def touch(minutes: float) -> Touch:
    at = after(minutes)
    return Touch(some_id("touch", minutes), CONTACT, LEAD, at, at, at, ANNA, "call")


LINK = InquiryLinkFact(some_id("link"), LEAD, INQUIRY, 1, MORNING)


def story(
    *groups: list[LeadStep], touches: tuple[Touch, ...] = (), twin: bool = False
) -> LeadStory:
    facts = put_together(
        {
            "lead": [opening(), *([opening(TWIN)] if twin else [])],
            "lead_event": [step for group in groups for step in group],
            "inquiry": [inquiry()],
            "inquiry_link": [LINK],
            "touch": touches,
        }
    )
    (circle,) = circles(facts)
    return tell(circle, facts, TONIGHT).leads[LEAD]


def test_ownership_is_a_row_of_intervals() -> None:
    told = story(
        steps(
            assigned(ANNA),
            ("accepted", {"manager_id": ANNA}),
            ("returned", {"manager_id": ANNA}),
            assigned(BORIS),
            ("won", {"amount": 10, "currency": "RUB"}),
        ),
        touches=(touch(2.5), touch(4.5)),
    )
    anna, boris = told.holdings
    assert (anna.manager_id, anna.since, anna.until, anna.ended) == (
        (ANNA, after(1), after(3), "returned")
    )
    assert (anna.accepted_at, anna.touched_at) == (after(2), after(2.5))
    assert (boris.since, boris.until, boris.ended, boris.touched_at) == (
        (after(4), after(5), "won", after(4.5))
    )
    assert (told.contacted_by, told.closed_by, told.owner_id) == (ANNA, BORIS, BORIS)
    assert (told.campaign, told.region) == ("spring", "Tula")


def test_a_stage_is_entered_once_and_its_stays_add_up() -> None:
    there = ("stage_changed", {"stage": "talks"})
    back = ("stage_changed", {"stage": "new"})
    told = story(steps(there, back, there, ("lost", {"reason": "price"})))
    visits = {visit.stage: visit for visit in told.visits}
    assert visits["talks"].entered_at == after(1)
    assert (visits["talks"].seconds, visits["new"].seconds) == (120, 120)
    assert {visit.since for visit in told.visits} == {None}
    assert told.loss_reason == "price"


def test_a_lead_has_one_end_and_none_when_reopened() -> None:
    won: tuple[str, dict[str, Any]] = ("won", {"amount": 10, "currency": "RUB"})
    lost: tuple[str, dict[str, Any]] = ("lost", {})
    assert story(steps(won, lost)).won_at is None
    assert story(steps(lost, won)).lost_at is None
    told = story(steps(won, ("reopened", {})))
    assert (told.won_at, told.lost_at, told.amount, told.reopened) == (None, None, None, 1)
    assert told.visits[0].since == after(2)


def test_what_was_merged_is_told_by_the_other() -> None:
    merged = steps(assigned(BORIS), ("merged", {"into_id": LEAD}), lead_id=TWIN)
    told = story(steps(assigned(ANNA)), merged, twin=True)
    assert [holding.manager_id for holding in told.holdings] == [ANNA, BORIS]
    assert told.owner_id == ANNA


def test_two_that_seem_merged_into_each_other_are_nobodys_end() -> None:
    facts = put_together(
        {
            "lead": [opening(), opening(TWIN)],
            "lead_event": [
                *steps(("merged", {"into_id": TWIN})),
                *steps(("merged", {"into_id": LEAD}), lead_id=TWIN),
            ],
            "inquiry": [inquiry()],
            "inquiry_link": [LINK],
        }
    )
    (circle,) = circles(facts)
    assert tell(circle, facts, TONIGHT) == ({}, {})


@pytest.mark.parametrize("seed", range(5))
def test_versions_by_day_do_not_depend_on_what_came_first(seed: int) -> None:
    days = [step._replace(known_at=step.at + timedelta(days=step.version)) for step in steps(
        assigned(ANNA), ("accepted", {"manager_id": ANNA}), ("won", {}), ("reopened", {})
    )]  # fmt: skip
    order = random.Random(seed).sample(range(len(days)), len(days))
    versions: dict[UUID, list[Version]] = {}
    seen: list[LeadStep] = []
    for number in order:
        seen.append(days[number])
        facts = put_together(
            {
                "lead": [opening()],
                "lead_event": seen,
                "inquiry": [inquiry()],
                "inquiry_link": [LINK],
            }
        )
        since = date.min if len(seen) == 1 else days[number].known_at.date()
        versions = retold(circles(facts)[0], facts, versions, since)
    told = versions[LEAD]
    assert [version.known_on for version in told] == [
        MORNING.date() + timedelta(days=number) for number in (0, 2, 3, 4, 5)
    ]
    assert told[-1].known_until == FOR_EVER
    counting = Counting()
    for version in told:
        counting.version(1, version)
    company = {
        cell.known_on: numbers
        for cell, numbers in counting.counters().items()
        if cell.axis == "company"
    }
    assert [numbers.get("won") for numbers in company.values()].count(1) == 1
    assert sum(numbers.get("won", 0) for numbers in company.values()) == 0
    assert sum(numbers.get("leads", 0) for numbers in company.values()) == 1
