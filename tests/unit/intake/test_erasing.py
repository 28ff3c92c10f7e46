"""By what copies of a person are found, whatever way their points are spelled."""

import re
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.calls import CallFacts
from services.intake.domain.erasing import blanked_facts, person_version, search_pattern
from services.intake.domain.keys import ContactPoint
from shared.ids import new_id

PHONE = ContactPoint("phone", "+79161234567")
SEPARATORS = st.lists(
    st.sampled_from(["", " ", "-", ") ", " (", ".", "\t"]), min_size=9, max_size=9
)


@given(SEPARATORS, st.sampled_from(["+7", "8", "", "007", "+7 ("]), st.booleans())
def test_a_phone_is_found_in_any_spelling(
    separators: list[str], prefix: str, in_a_url: bool
) -> None:
    pattern = search_pattern([PHONE])
    assert pattern is not None
    text = prefix + "".join(map(str.__add__, "9161234567", [*separators, ""]))
    assert re.search(pattern, quote(text) if in_a_url else f'{{"phone": "{text}"')


@given(st.integers(min_value=10**9, max_value=10**10 - 1).filter(lambda n: n != 9161234567))
def test_another_number_is_not_taken_for_it(number: int) -> None:
    pattern = search_pattern([PHONE])
    assert pattern is not None
    assert re.search(pattern, f"tel {number}") is None


def test_an_address_is_found_plain_and_in_a_url_and_nothing_else_is() -> None:
    pattern = search_pattern([ContactPoint("email", "a.b+c@shop.example")])
    assert pattern is not None
    assert re.search(pattern, "from=a.b+c@shop.example")
    assert re.search(pattern, "a.b+c%40shop.example")
    assert re.search(pattern, "axb+c@shop.example") is None
    assert search_pattern([]) is None
    assert search_pattern([ContactPoint("phone", "+112")]) is None, "it may be any number"


def test_the_version_is_of_the_contacts_in_any_order() -> None:
    ids = [new_id() for _ in range(3)]
    assert person_version(ids) == person_version(ids[::-1])
    assert person_version(ids) != person_version(ids[:2])
    assert 0 <= person_version(ids) < 2**52


def test_of_a_call_is_kept_how_it_went() -> None:
    call = {"direction": "incoming", "from": "+79161234567", "started_at": "2026-03-02T09:00:00Z"}
    facts = CallFacts({"call": call, "fields": {"note": "word"}}, {"call": {"outcome": "missed"}})
    blank = blanked_facts(facts)
    assert blank.phases == {"call": {name: call[name] for name in ("direction", "started_at")}}
    assert blank.final == {"call": {"outcome": "missed"}}
    assert blanked_facts(blank) == blank
