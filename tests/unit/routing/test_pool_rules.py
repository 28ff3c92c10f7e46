"""Rules of pools: what they match, and in which order."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.routing.domain.facts import Facts, facts_of
from services.routing.domain.pools import Pool
from services.routing.domain.prepared_rules import prepare
from services.routing.domain.rules import explain, matches
from services.routing.domain.week import DAYS
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import Campaign

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
DEFAULT = Pool("default", "Everyone", 1_000_000)
SOURCE = UUID(int=7)


def facts(**more: Any) -> Facts:
    members = {
        "inquiry_id": UUID(int=1),
        "contact_id": UUID(int=2),
        "source_key": "Site-1",
        "source_id": SOURCE,
        "channel": "form",
        "region": "Москва",
        "language": "ru",
        "received_at": NOON,
        "product_interest": "White Kitchen, 3-room",
        "city": "Нижний  Новгород",
        "campaign": Campaign(utm_source="Яндекс", utm_campaign="spring sale"),
        "amount": Decimal(500_000),
        "currency": "RUB",
    }
    return facts_of(InquiryReceived(**{**members, **more}))


def week(*days: str, begin: str = "00:00", end: str = "24:00", zone: str = "UTC") -> dict[str, Any]:
    return {"days": list(days or DAYS), "from": begin, "to": end, "time_zone": zone}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"channel": ["call", "FORM"]}, True),
        ({"channel": ["call"]}, False),
        ({"region": ["москва"], "language": ["ru"]}, True),
        ({"region": ["москва"], "language": ["en"]}, False),
        ({"source": ["Site-1"]}, True),
        ({"source": ["site-1"]}, False),
        ({"source": [str(SOURCE)]}, True),
        ({"weather": ["sunny"]}, False),
        ({"product": ["kitchen"]}, True),
        ({"product": ["3-room"]}, True),
        ({"product": ["white kitchen, 3-room"]}, True),
        ({"product": ["kit"]}, False),
        ({"city": ["нижний новгород"]}, True),
        ({"city": ["Новгород"]}, True),
        ({"utm_source": ["яндекс"], "campaign": ["sale"]}, True),
        ({"utm_medium": ["cpc"]}, False),
        ({"region": ["мос"]}, False),
        ({"amount": {"from": 500_000}}, True),
        ({"amount": {"to": 500_000}}, False),
        ({"amount": {"from": 100, "to": 500_000.01, "currency": "RUB"}}, True),
        ({"amount": {"from": 100, "currency": "EUR"}}, False),
        ({"week": [week("tue"), week("mon", begin="12:00", end="12:01")]}, True),
        ({"week": [week("mon", end="12:00")]}, False),
        ({"not": {"channel": ["call"]}}, True),
        ({"channel": ["form"], "not": {"region": ["москва"]}}, False),
        ({"not": {"region": ["тверь"], "channel": ["form"]}}, False),
        ({"not": {"weather": ["sunny"]}}, True),
        ({"not": {}}, False),
        ({}, False),
    ],
)
def test_every_part_of_a_rule_must_hold(rule: dict[str, Any], holds: bool) -> None:
    assert matches(rule, facts()) is holds
    pools = [DEFAULT, Pool("some", "Some", 1, (rule,))]
    assert (prepare(pools).choose(facts(), source_pool=None).by == "rule") is holds


def test_what_is_unknown_matches_nothing_and_is_not_refused() -> None:
    unknown = facts(region=None, amount=None, currency=None)
    assert not matches({"region": ["москва"]}, unknown)
    assert matches({"not": {"region": ["москва"], "amount": {"to": 1}}}, unknown)
    assert not matches({"amount": {"from": 0}}, unknown)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-03-06T20:59:00Z", False),  # Friday 23:59 in Moscow
        ("2026-03-06T19:00:00Z", True),  # Friday 22:00
        ("2026-03-07T02:59:59Z", True),  # Saturday 05:59
        ("2026-03-07T03:00:00Z", False),
        ("2026-03-05T20:00:00Z", False),  # Thursday night
    ],
)
def test_a_window_goes_on_after_midnight(at: str, holds: bool) -> None:
    night = week("fri", begin="22:00", end="06:00", zone="Europe/Moscow")
    if at == "2026-03-06T20:59:00Z":
        night = week("fri", begin="06:00", end="22:00", zone="Europe/Moscow")
    assert matches({"week": [night]}, facts(received_at=datetime.fromisoformat(at))) is holds


def test_the_clocks_of_the_zone_count_when_they_change() -> None:
    night = {"week": [week("sun", begin="02:00", end="03:00", zone="Europe/Berlin")]}

    def holds(text: str) -> bool:
        return matches(night, facts(received_at=datetime.fromisoformat(text)))

    # 02:00 to 03:00 is left out in spring, and comes twice in autumn.
    assert not holds("2026-03-29T00:59:00Z")
    assert not holds("2026-03-29T01:00:00Z")
    assert holds("2026-10-25T00:00:00Z")
    assert holds("2026-10-25T01:59:00Z")
    assert not holds("2026-10-25T02:00:00Z")
    # A week over Sunday's midnight begins the next one.
    assert matches(
        {"week": [week("sun", begin="23:00", end="01:00")]},
        facts(received_at=datetime(2026, 3, 2, 0, 30, tzinfo=UTC)),
    )
    assert matches(night, facts(received_at=datetime.max.replace(tzinfo=UTC))) in {True, False}


def test_pools_are_asked_in_order_then_the_source_then_default() -> None:
    late = Pool("late", "Late", 2, ({"channel": ["form"]},))
    early = Pool("early", "Early", 1, ({"channel": ["call"]}, {"language": ["ru"]}))
    rules = prepare([DEFAULT, late, early])
    choice = rules.choose(facts(), source_pool="late")
    assert (choice.pool.key, choice.by, choice.rule) == ("early", "rule", 1)
    assert rules.choose(facts(language="en"), source_pool="early").pool.key == "late"
    nothing = facts(language="en", channel="email")
    choice = rules.choose(nothing, source_pool="late")
    assert (choice.pool.key, choice.by, choice.rule) == ("late", "source", None)
    assert rules.choose(nothing, source_pool="unknown").pool.key == "default"
    assert rules.choose(nothing, source_pool=None).by == "default"


def test_rules_of_the_default_pool_claim_nothing() -> None:
    greedy = Pool("default", "Everyone", 0, ({"channel": ["form"]},))
    other = Pool("other", "Other", 5, ({"channel": ["form"]},))
    assert prepare([greedy, other]).choose(facts(), source_pool=None).pool.key == "other"


def test_a_verdict_tells_what_was_wanted_and_what_there_is() -> None:
    channel, region = explain({"channel": ["call"], "not": {"region": ["тверь"]}}, facts())
    assert (channel.fact, channel.holds, channel.wanted) == ("channel", False, ["call"])
    assert (channel.present, region.negated, region.holds) == (["form"], True, True)
