"""Tables in two languages, JSON, and a drawing that any program can read."""

import json
from xml.etree import ElementTree as ET

import pytest

from services.routing.domain.simulation.drawing import NAMESPACE, drawing, nice
from services.routing.domain.simulation.figures import figures_of
from services.routing.domain.simulation.report import ROWS, markdown, record, share_table, table
from services.routing.domain.simulation.scenario import HOUR
from services.routing.domain.simulation.wording import LANGUAGES, WORDS, duration
from tests.unit.routing.scenarios import LONG, agent, lead, play, scenario

NAMES = ("<Anna & Co>", "Борис")


def runs() -> list:  # type: ignore[type-arg]
    people = [agent(place, name=name) for place, name in enumerate(NAMES)]
    story = scenario(people, [lead(n, 7 * n) for n in range(20)])
    return [figures_of(play(story, name)) for name in ("product", "round_robin")]


def test_both_languages_have_all_words() -> None:
    assert WORDS["en"].keys() == WORDS["ru"].keys()
    assert {name for name, _ in ROWS} <= WORDS["en"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_has_a_column_per_run_and_a_line_per_figure(language: str) -> None:
    lines = table(runs(), language=language).splitlines()

    assert len(lines) == 1 + len(ROWS)
    assert WORDS[language]["round_robin"] in lines[0]
    assert len({len(line) for line in lines}) == 1


def test_a_page_gets_the_same_table() -> None:
    lines = markdown(runs(), language="en").splitlines()

    assert len(lines) == 2 + len(ROWS)
    assert {line.count("|") for line in lines} == {4}


def test_shares_add_up() -> None:
    run = runs()[0]
    lines = share_table(run, language="ru").splitlines()

    assert len(lines) == 1 + len(NAMES)
    assert sum(share.units_milli for share in run.shares) == 20_000
    assert sum(share.due_milli for share in run.shares) == pytest.approx(20_000)


def test_json_has_every_figure_but_the_single_waits() -> None:
    document = json.loads(json.dumps(record(runs()[0])))

    assert document["leads"] == 20
    assert "waits" not in document
    assert {name for name, _ in ROWS} <= document.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drawing_is_well_formed_and_shows_each_run(language: str) -> None:
    root = ET.fromstring(drawing(runs(), end=LONG, language=language))

    assert root.tag == f"{{{NAMESPACE}}}svg"
    assert len(root.findall(f"{{{NAMESPACE}}}polyline")) == 2
    words = [item.text for item in root.iter(f"{{{NAMESPACE}}}text")]
    assert WORDS[language]["round_robin"] in words
    assert any((word or "").startswith("<Anna") for word in words)


@pytest.mark.parametrize(("value", "rounded"), [(0.7, 0.8), (1, 1), (37, 40), (101, 200)])
def test_axes_end_at_round_numbers(value: float, rounded: float) -> None:
    assert nice(value) == pytest.approx(rounded)


def test_durations_read_well() -> None:
    assert [duration(seconds, WORDS["en"]) for seconds in (12, 450, 2 * HOUR / 1e6 + 300)] == [
        "12 s",
        "7 min 30 s",
        "2 h 05 min",
    ]
