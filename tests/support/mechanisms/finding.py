"""What keeps promises of search, of stories that are taken away, and of who reads."""

from collections.abc import Collection
from uuid import UUID

from services.history.domain.search.documents import Item
from services.history.domain.story.voice import Voice
from services.history.repository.search.finding import SearchFilter
from shared.read_audit.rows import Read
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

SEARCH = "tests/integration/history/search"
STORY = "tests/integration/history/story"
EXPORT = "tests/integration/history/customers/test_export.py"


def _whatever_matches(criteria: SearchFilter, *, reader: UUID | None) -> SearchFilter:
    del reader
    return criteria


def _as_it_stands(text: str) -> str:
    return text


def _with_all_others(note: Read, _subjects: Collection[UUID]) -> Read:
    return note


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
        "a look for names alike has its time",
        8,
        (f"{SEARCH}/test_looks.py::test_a_look_for_names_has_its_time[near]",),
        {"services.history.repository.search.alike:limit_time": awaited()},
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
    Mechanism(
        "whose data an export takes",
        8,
        (f"{EXPORT}::test_whose_data_an_export_takes_is_noted_before_they_leave",),
        {"services.history.use_cases.segments.export:contacts_of": always([])},
    ),
    Mechanism(
        "a story tells of nobody else who was read",
        8,
        (f"{EXPORT}::test_whose_data_an_export_takes_is_noted_before_they_leave",),
        {"services.history.use_cases.story.reading:_about": _with_all_others},
    ),
)
