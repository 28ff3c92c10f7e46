"""What keeps promises of search, of stories that are taken away, and of who reads."""

from uuid import UUID

from services.history.domain.search.documents import Item
from services.history.domain.story.voice import Voice
from services.history.repository.search.finding import SearchFilter
from tests.support.mechanisms.mechanism import Mechanism, awaited

SEARCH = "tests/integration/history/search"
STORY = "tests/integration/history/story"


def _whatever_matches(criteria: SearchFilter, *, reader: UUID | None) -> SearchFilter:
    del reader
    return criteria


def _as_it_stands(text: str) -> str:
    return text


def _kind_of(item: Item, _voice: Voice) -> str:
    return item.kind


FINDING: tuple[Mechanism, ...] = (
    Mechanism(
        "finds are their owners'",
        8,
        (f"{SEARCH}/test_owners.py::test_a_manager_finds_what_is_of_own_leads",),
        {"services.history.use_cases.search.finding:within_reach": _whatever_matches},
    ),
    Mechanism(
        "the forgotten are not found",
        8,
        (f"{SEARCH}/test_owners.py::test_who_is_erased_is_not_found",),
        {"services.history.repository.search.documents:remove": awaited(0)},
    ),
    Mechanism(
        "a search has its time",
        8,
        (f"{SEARCH}/test_ways.py::test_what_takes_too_long_is_refused_with_what_to_do",),
        {"services.history.routes.search:refusal_of": _as_it_stands},
    ),
    Mechanism(
        "the misspelt is found",
        8,
        (f"{SEARCH}/test_finding.py::test_what_is_misspelt_finds_what_is_alike",),
        {"services.history.repository.search.alike:list_alike": awaited({})},
    ),
    Mechanism(
        "pages of stories are text",
        8,
        (f"{STORY}/test_story.py::test_the_page_is_text_and_nothing_else",),
        {"services.history.domain.story.page:_text": _as_it_stands},
    ),
    Mechanism(
        "facts are told in words",
        8,
        (
            (
                "tests/unit/history/story/test_every_fact.py::"
                "test_every_value_of_every_fact_is_told_in_words"
            ),
        ),
        {"services.history.domain.story.sentences:title_of": _kind_of},
    ),
    Mechanism(
        "readings are noted",
        8,
        (f"{STORY}/test_story.py::test_who_took_a_story_is_noted_before_it_is_sent",),
        {"shared.read_audit.rows:add": awaited()},
    ),
)
