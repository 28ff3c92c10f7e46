"""What managers do follows from seed and inquiry alone, and comes in believable shares."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from deploy.embedded.demo import company
from deploy.embedded.demo.behaviour import behaviour, chance
from deploy.embedded.demo.people import TOWN, as_written, person

MANY = [behaviour(1, f"demo:{number}", channel="form") for number in range(2000)]


@given(seed=st.integers(), external_id=st.text(), channel=st.sampled_from(["call", "email"]))
def test_the_same_lead_is_always_worked_the_same_way(
    seed: int, external_id: str, channel: str
) -> None:
    first = behaviour(seed, external_id, channel=channel)
    assert first == behaviour(seed, external_id, channel=channel)
    assert 8_000 <= first.amount <= 250_000
    assert 0 < first.accept_after < first.close_after
    assert first.touch == ("mail" if channel == "email" else "call")


@given(seed=st.integers(), parts=st.lists(st.text()))
def test_a_chance_is_a_share(seed: int, parts: list[str]) -> None:
    assert 0 <= chance(seed, *parts) < 1


def test_most_leads_end_and_some_are_declined() -> None:
    endings = Counter(story.ending for story in MANY)
    assert 600 < endings["won"] < 760
    assert 1100 < endings["lost"] < 1300
    assert 60 < endings["open"] < 180
    assert 80 < sum(story.declined_first is not None for story in MANY) < 160


def test_the_next_seed_decides_anew() -> None:
    assert [behaviour(2, f"demo:{n}", channel="form") for n in range(50)] != MANY[:50]


def test_people_of_the_town_are_told_apart_by_phone_and_mail() -> None:
    town = [person(number) for number in range(TOWN)]
    assert len({who.e164 for who in town}) == len({who.email for who in town}) == TOWN
    assert person(7) == person(7)


@given(number=st.integers(0, TOWN - 1), style=st.integers(0, 9))
def test_a_number_written_down_keeps_its_digits(number: int, style: int) -> None:
    digits = person(number).digits
    written = "".join(letter for letter in as_written(digits, style=style) if letter.isdigit())
    assert written[-10:] == digits
    assert written[:-10] in {"7", "8"}


def test_the_company_is_believable() -> None:
    assert len(company.POOLS) == 3
    assert len(company.MANAGERS) == 12
    for pool in company.POOLS:
        for hour in range(24):
            assert any(manager.pool == pool.key for manager in company.on_duty(hour))
