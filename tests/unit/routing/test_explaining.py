"""A decision tells of every candidate what became of them, and in one sentence why."""

import pytest
from hypothesis import given

from services.routing.domain.deciding.batch import decide_batch
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.eligibility import Verdict
from services.routing.domain.deciding.explaining import Explanation, explain
from services.routing.domain.deciding.sentences import TEXTS, sentence
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Choice, Chosen, Waiting
from services.routing.domain.policies import ScoreWeights
from tests.unit.routing.deciding import (
    candidate,
    candidates_of_any_kind,
    leads_of_any_kind,
    terms_of_any_kind,
    uid,
    waiting,
)

NAMES = {uid(1): "Анна", uid(2): "Борис", uid(3): "Вера"}
TERMS = Terms(score=ScoreWeights(load=1.0, fairness=0.25, fit=0.1, plan=0.2))


def explained(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms = TERMS
) -> Explanation:
    choices = decide_batch(leads, candidates, terms, seed=0)
    return explain(leads, choices, candidates, terms, place=len(leads))


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, terms=terms_of_any_kind)
def test_the_explanation_agrees_with_the_decision(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms
) -> None:
    choices = decide_batch(leads, candidates, terms, seed=1)
    for place, choice in enumerate(choices, start=1):
        explanation = explain(leads, choices, candidates, terms, place=place)
        rows = explanation.rows
        assert {row.manager_id for row in rows} == {item.manager_id for item in candidates}
        chosen = [row for row in rows if row.verdict is Verdict.CHOSEN]
        free = [row for row in rows if row.verdict is Verdict.ELIGIBLE]
        assert [row.manager_id for row in chosen] == [choice.manager_id] * len(chosen)
        assert bool(chosen) == (choice.manager_id is not None)
        if choice.reason == Chosen.LEAST_SCORE:
            rank = (chosen[0].score, chosen[0].turn)
            assert all(row.tier == chosen[0].tier and rank <= (row.score, row.turn) for row in free)
        if choice.manager_id is None:
            assert not free
        for language in TEXTS:
            text = sentence(explanation, NAMES, language=language)
            assert text.endswith(".")
            assert "{" not in text


def test_every_candidate_has_a_verdict() -> None:
    candidates = [
        candidate(1),
        candidate(2, reserved_milli=1000),
        candidate(3, tier=None, has_left=True),
        candidate(4, tier=None),
        candidate(5),
        candidate(6, languages=["de"]),
        candidate(7),
        candidate(8, products=["x"]),
        candidate(9, tier=1),
        candidate(10),
        candidate(11, allowance=0),
        candidate(12, reserved_milli=9500),
    ]
    ready = [
        item._replace(
            skills={"b2b": 2},
            languages=item.languages or ["RU"],
            regions=["spb"],
            products=item.products or ["Y"],
        )
        for item in candidates
    ]
    ready[4] = ready[4]._replace(skills={"b2b": 1})
    ready[6] = ready[6]._replace(regions=["msk"])
    lead = waiting(
        99,
        skills={"b2b": 2},
        language="ru",
        region="SPB",
        product="y",
        passed_over=frozenset({uid(10)}),
    )
    terms = Terms(match=("language", "region", "product"))
    verdicts = {row.manager_id.int: row.verdict for row in explained([lead], ready, terms).rows}
    assert verdicts == {
        1: Verdict.CHOSEN,
        2: Verdict.ELIGIBLE,
        3: Verdict.LEFT,
        4: Verdict.OFF_DUTY,
        5: Verdict.SKILL,
        6: Verdict.LANGUAGE,
        7: Verdict.REGION,
        8: Verdict.PRODUCT,
        9: Verdict.TIER,
        10: Verdict.PASSED_OVER,
        11: Verdict.LIMIT,
        12: Verdict.ROOM,
    }


def test_the_loads_are_those_that_the_leads_before_left() -> None:
    candidates = [candidate(1), candidate(2, turn=1)]
    explanation = explained([waiting(101), waiting(102)], candidates)
    assert [(row.manager_id, row.parts.load) for row in explanation.rows] == [
        (uid(2), 0.0),
        (uid(1), 0.1),
    ]
    assert (explanation.place, explanation.size) == (2, 2)


@pytest.mark.parametrize(
    ("first", "second", "more", "russian", "english"),
    [
        (
            {"reserved_milli": 2000},
            {"reserved_milli": 4000},
            {},
            "Анна: лучший балл из 2; загрузка 20\u00a0% против 40\u00a0% у следующего (Борис).",
            "Анна: the best score of 2; a load of 20% against 40% of the next one (Борис).",
        ),
        (
            {"received_milli": 10_000},
            {"received_milli": 30_000},
            {},
            (
                "Анна: лучший балл из 2; получено сверх своей доли −50\u00a0% против 50\u00a0% "
                "у следующего (Борис)."
            ),
            (
                "Анна: the best score of 2; received above their share −50% against 50% "
                "of the next one (Борис)."
            ),
        ),
        (
            {"skills": {"b2b": 3}},
            {},
            {"nice_skills": {"b2b": 1}},
            (
                "Анна: лучший балл из 2; подходит под пожелания на 100\u00a0% против 0\u00a0% "
                "у следующего (Борис)."
            ),
            (
                "Анна: the best score of 2; fits what is welcome by 100% against 0% "
                "of the next one (Борис)."
            ),
        ),
        (
            {"attainment_milli": 700},
            {"attainment_milli": 1200},
            {},
            (
                "Анна: лучший балл из 2; отставание от плана 30\u00a0% против −20\u00a0% "
                "у следующего (Борис)."
            ),
            (
                "Анна: the best score of 2; is behind plan by 30% against −20% "
                "of the next one (Борис)."
            ),
        ),
        (
            {},
            {"turn": 1},
            {},
            (
                "Анна: лучший балл из 2; при равном балле дольше без нового лида, "
                "чем следующий (Борис)."
            ),
            (
                "Анна: the best score of 2; with equal scores, longer without a new lead "
                "than the next one (Борис)."
            ),
        ),
        (
            {"tier": 1},
            {"tier": None},
            {"reach": 1},
            "Анна (дежурство, на смене взять некому): больше никто из 2 взять лид сейчас не может.",
            (
                "Анна (on call, as nobody on shift can take it): "
                "nobody else of 2 can take the lead now."
            ),
        ),
        (
            {"reserved_milli": 3000},
            {},
            {"sticky": (uid(1),)},
            "Анна: уже работает с этим клиентом, поэтому лид идёт туда же.",
            "Анна: works with this customer already, so the lead goes there too.",
        ),
        (
            {"reserved_milli": 10_000},
            {"tier": None},
            {},
            "Лид ждёт: ни у кого из подходящих нет места (нет места: 1, не на месте: 1).",
            "The lead waits: nobody who fits has room (no room: 1, not there: 1).",
        ),
    ],
)
def test_one_sentence_says_why(
    first: dict[str, object],
    second: dict[str, object],
    more: dict[str, object],
    russian: str,
    english: str,
) -> None:
    explanation = explained([waiting(99, **more)], [candidate(1, **first), candidate(2, **second)])
    assert sentence(explanation, NAMES, language="ru") == russian
    assert sentence(explanation, NAMES, language="en") == english


def test_a_draw_and_a_name_given_by_hand_are_told() -> None:
    tied = explained([waiting(99)], [candidate(1), candidate(2)])
    assert "жребий" in sentence(tied, NAMES)
    choice = Choice(uid(99), 1, uid(1), "named")
    named = explain([waiting(99)], [choice], [candidate(1)], Terms(), place=1)
    assert sentence(named, NAMES) == "Анна: назначение вручную."
    assert sentence(named, {}, language="en") == f"{uid(1)}: named by hand."
