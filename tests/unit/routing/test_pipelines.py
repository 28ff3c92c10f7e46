"""The terms of pipelines and the conformance of paths, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.conformance import Path, Step, deviations
from services.routing.domain.pipelines import (
    Pipeline,
    StageTerms,
    Terms,
    closing_breaches,
    entry_breaches,
    terms_of,
)
from shared.ids import derived_id

STAGES = ("new", "in_work", "offer", "contract")
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEAD = derived_id("test lead")


def pipeline(terms: Terms | None = None, **stages: StageTerms) -> Pipeline:
    return Pipeline("sales", "Sales", STAGES, replace(terms or Terms(), stages=stages))


def breaches(terms: Pipeline, from_stage: str, to_stage: str, *facts: str) -> list[str]:
    found = entry_breaches(terms, from_stage=from_stage, to_stage=to_stage, facts=facts)
    return [breach.kind if breach.fact is None else breach.fact for breach in found]


@given(st.sampled_from(STAGES), st.sampled_from((*STAGES, "of an older version")))
def test_without_terms_every_way_is_open(to_stage: str, from_stage: str) -> None:
    assert breaches(pipeline(), from_stage, to_stage) == []


def test_where_a_stage_may_be_entered_from() -> None:
    strict = pipeline(
        offer=StageTerms(enter_from=("in_work",)),
        contract=StageTerms(skip=False, back=False),
        new=StageTerms(back=False),
    )
    assert breaches(strict, "in_work", "offer") == []
    assert breaches(strict, "new", "offer") == ["entered_from"]
    assert breaches(strict, "in_work", "contract") == ["skipped"]
    assert breaches(strict, "offer", "contract") == []
    assert breaches(strict, "contract", "new") == ["backward"]
    assert breaches(strict, "gone", "contract") == []


def test_facts_needed_to_enter_and_to_close() -> None:
    terms = Terms(
        won_requires=("amount",),
        lost_requires=("competitor",),
        loss_reasons=("price", "time"),
        next_action=True,
    )
    strict = pipeline(terms, offer=StageTerms(requires=("budget", "next_action")))
    assert breaches(strict, "in_work", "offer") == ["budget", "next_action"]
    assert breaches(strict, "in_work", "offer", "budget", "next_action") == []
    assert breaches(strict, "new", "in_work") == ["next_action"]
    won = closing_breaches(strict, state="won", facts=())
    assert [breach.fact for breach in won] == ["amount"]
    lost = closing_breaches(strict, state="lost", facts=("competitor",), loss_reason="weather")
    assert [breach.kind for breach in lost] == ["loss_reason"]
    assert not closing_breaches(strict, state="lost", facts=("competitor",), loss_reason="price")


def test_terms_from_their_json_have_defaults() -> None:
    assert terms_of({}) == Terms()
    terms = terms_of({"stages": {"offer": {"rot_hours": 24}}, "next_action": True})
    assert terms.stages["offer"] == StageTerms(rot_hours=24)
    assert Pipeline("sales", "Sales", STAGES, terms).rot_seconds("offer") == 86_400
    assert Pipeline("sales", "Sales", STAGES, terms).rot_seconds("new") is None


def path(*steps: tuple[str, str, float]) -> Path:
    """From (stage, state, hours after nine) each."""
    items = [Step("new", None, "open", NINE, 1)]
    for stage, after, hours in steps:
        at = NINE + timedelta(hours=hours)
        items.append(Step(stage, items[-1].stage, after, at, 1))
    return Path(LEAD, items)


def kinds(walked: Path, *versions: Pipeline, hours: float = 1) -> list[tuple[str, str]]:
    by_number = {version.version: version for version in versions}
    found = deviations(walked, by_number, now=NINE + timedelta(hours=hours))
    return [(item.kind, item.stage) for item in found]


def test_a_path_that_leaves_its_pipeline_is_measured() -> None:
    strict = pipeline(
        Terms(won_requires=("amount",)),
        offer=StageTerms(skip=False),
        new=StageTerms(back=False, max_hours=2),
    )
    walked = path(("offer", "open", 1), ("new", "open", 2), ("new", "won", 5))
    assert kinds(walked, strict, hours=9) == [
        ("skipped", "offer"),
        ("backward", "new"),
        ("overstayed", "new"),
        ("missing", "won"),
    ]
    assert kinds(path(("in_work", "open", 1)), strict, hours=99) == []
    assert kinds(path(), strict, hours=3) == [("overstayed", "new")]
    assert kinds(walked) == [], "a version that nobody has says nothing"


def test_nobody_overstays_while_a_lead_is_set_aside() -> None:
    """What was too long before stays so."""
    strict = pipeline(new=StageTerms(max_hours=2), offer=StageTerms(max_hours=2))
    for steps in ([("offer", "open", 1)], [("offer", "open", 1), ("offer", "won", 90)]):
        walked = path(*steps)
        assert kinds(walked, strict, hours=99) == [("overstayed", "offer")]
        for hours, expected in ((2, []), (3, []), (4, [("overstayed", "offer")])):
            aside = replace(walked, aside_at=NINE + timedelta(hours=hours))
            assert kinds(aside, strict, hours=99) == expected, (steps, hours)


def test_a_rotting_lead_does_not_conform() -> None:
    walked = Path(LEAD, [Step("new", None, "open", NINE, 1)], rots_at=NINE + timedelta(hours=1))
    assert kinds(walked, pipeline(), hours=0.5) == []
    assert kinds(walked, pipeline(), hours=1) == [("rotting", "new")]


@given(st.lists(st.sampled_from(STAGES), max_size=6))
def test_a_path_that_keeps_to_the_rules_conforms(stages: list[str]) -> None:
    """What is refused at the door is what is measured: no more, no less."""
    strict = pipeline(
        offer=StageTerms(enter_from=("in_work",), back=False), contract=StageTerms(skip=False)
    )
    way = ["new", *[b for a, b in pairwise(["new", *stages]) if a != b]]
    allowed = not any(breaches(strict, a, b) for a, b in pairwise(way))
    walked = path(*((stage, "open", 1 + n) for n, stage in enumerate(way[1:])))
    assert (kinds(walked, strict, hours=99) == []) is allowed
