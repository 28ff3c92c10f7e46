"""A record of a decision gives its inputs again, and is kept once while a pool stays as it is."""

import json

from hypothesis import given

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.decision_records import (
    candidates_of,
    figures_of,
    snapshot_of,
    terms_of_record,
    waiting_of,
    waiting_record,
)
from tests.unit.routing.deciding import (
    candidate,
    candidates_of_any_kind,
    leads_of_any_kind,
    terms_of_any_kind,
)


@given(leads=leads_of_any_kind, candidates=candidates_of_any_kind, terms=terms_of_any_kind)
def test_reading_a_record_gives_equal_inputs(
    leads: list[Waiting], candidates: list[Candidate], terms: Terms
) -> None:
    content = json.loads(snapshot_of(candidates, terms).records)
    assert terms_of_record(content) == terms
    assert candidates_of(content, figures_of(candidates)) == candidates
    records = [json.loads(json.dumps(waiting_record(lead))) for lead in leads]
    pairs = zip(leads, records, strict=True)
    assert [waiting_of(lead.lead_id, record) for lead, record in pairs] == leads


def test_equal_candidates_share_a_snapshot_whatever_they_are_loaded_with() -> None:
    plain = snapshot_of([candidate(1), candidate(2)], Terms())
    loaded = [
        candidate(1, reserved_milli=9000, turn=1, received_milli=5),
        candidate(2, turn=2, allowance=3),
    ]
    assert snapshot_of(loaded, Terms()).snapshot_id == plain.snapshot_id
    for other in (
        [candidate(1), candidate(2, tier=None)],
        [candidate(1), candidate(2, capacity_milli=1)],
        [candidate(1), candidate(2, skills={"ru": 1})],
        [candidate(1), candidate(2, languages=["ru"])],
        [candidate(1), candidate(2, weight_milli=1)],
        [candidate(1), candidate(2, attainment_milli=1)],
        [candidate(1), candidate(3)],
        [candidate(1)],
    ):
        assert snapshot_of(other, Terms()).snapshot_id != plain.snapshot_id
    assert snapshot_of([candidate(1), candidate(2)], Terms(prefer=("region",))) != plain


def test_limits_are_recorded_only_where_there_are_any() -> None:
    assert figures_of([candidate(1), candidate(2)]).allowances is None
    assert figures_of([candidate(1), candidate(2, allowance=0)]).allowances == [None, 0]
