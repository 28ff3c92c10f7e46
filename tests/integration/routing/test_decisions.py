"""Every decision can be computed again from its record, whatever has changed since."""

from datetime import timedelta

from tests.integration.routing.harness import NINE, Company


async def _verified(company: Company, lead_id: str) -> list[dict[str, object]]:
    found = []
    for decision in (await company.get(f"/v1/leads/{lead_id}/decisions"))["items"]:
        answer = await company.ask("POST", f"/v1/decisions/{decision['decision_id']}/verify")
        assert answer.status_code == 200, answer.text
        found.append({**decision, **answer.json()})
    return found


async def test_a_whole_batch_is_verified_after_everything_changed(company: Company) -> None:
    managers = [
        await company.manager(name, capacity=3.001 + place / 3, skills={"ru": 0.1 * place})
        for place, name in enumerate("abcde")
    ]
    await company.pool(
        "default",
        manager_ids=[str(manager) for manager in managers],
        policy={"skills": {"ru": 0.1 * 3}, "units": {"form": 0.7, "call": 1.3335}},
    )
    channels = ("form", "call", "call")
    await company.consume(
        *(company.inquiry(number, channel=channels[number % 3]) for number in range(30))
    )
    await company.assign()
    leads = await company.leads()
    assert {lead["parked_reason"] for lead in leads} == {None, "no_room"}
    for manager in managers:
        await company.status(manager, "offline")
        await company.ask("PUT", f"/v1/managers/{manager}", json={"name": "x", "capacity": 99})
    await company.pool("default", manager_ids=[], policy={})
    for lead in leads:
        (verdict,) = await _verified(company, lead["lead_id"])
        assert verdict["same"] is True
        assert verdict["computed_owner_id"] == verdict["owner_id"] == lead["owner_id"]
        assert verdict["algorithm"] in {"least-score.1", "least-cost-matching.1"}


async def test_every_step_of_a_lead_is_explained(company: Company) -> None:
    lead = await company.inquire()
    await company.assign()
    anna = await company.manager("Anna")
    boris = await company.manager("Boris", status=None)
    await company.assign()
    owned = await company.lead(lead["lead_id"])
    await company.perform("decline", owned)
    await company.assign()
    again = await company.lead(lead["lead_id"])
    assert again["owner_id"] == str(anna)
    assert again["round"] == 2
    await company.perform("reassign", again, role="supervisor", manager_id=str(boris))
    verdicts = await _verified(company, lead["lead_id"])
    outcomes = [(item["reason"], item["owner_id"], item["round"]) for item in reversed(verdicts)]
    assert outcomes == [
        ("no_members", None, 1),
        ("least_score", str(anna), 1),
        ("least_score", str(anna), 2),
        ("named", str(boris), 2),
    ]
    assert all(item["same"] for item in verdicts)
    assert verdicts[1]["inputs"] == {
        "units_milli": 1000,
        "round": 1,
        "skills": {},
        "passed_over": [str(anna)],
    }


async def test_a_forged_record_does_not_pass(company: Company) -> None:
    await company.manager("Anna")
    boris = await company.manager("Boris", capacity=1)
    lead = await company.assigned()
    decision = (await company.get(f"/v1/leads/{lead['lead_id']}/decisions"))["items"][0]
    other = boris if lead["owner_id"] != str(boris) else None
    await company.rows(
        "UPDATE decision SET manager_id = :other WHERE decision_id = :id RETURNING decision_id",
        other=other,
        id=decision["decision_id"],
    )
    answer = await company.ask("POST", f"/v1/decisions/{decision['decision_id']}/verify")
    assert answer.json()["same"] is False


async def test_decisions_by_unknown_rules_are_not_guessed(company: Company) -> None:
    await company.manager()
    lead = await company.assigned()
    decision = (await company.get(f"/v1/leads/{lead['lead_id']}/decisions"))["items"][0]
    await company.rows("UPDATE decision_batch SET algorithm = 'later.9' RETURNING batch_id")
    answer = await company.ask("POST", f"/v1/decisions/{decision['decision_id']}/verify")
    assert answer.status_code == 409


async def test_what_candidates_are_is_kept_once_per_change_of_the_pool(company: Company) -> None:
    """A batch keeps their loads, and refers to the rest."""
    managers = [
        await company.manager(f"Manager {number}", capacity=50, skills={"ru": 2, "en": 1})
        for number in range(50)
    ]
    leads = []
    for number in range(5):
        await company.consume(*(company.inquiry((number, turn)) for turn in range(10)))
        if number == 2:
            await company.status(managers[0], "away")
        leads.append((await company.leads())[0])
    waiting = await company.inquire("backlog", received_at=NINE - timedelta(minutes=1))
    await company.assign()
    counts = await company.rows(
        """SELECT (SELECT count(*) FROM candidate_snapshot) AS snapshots, count(*) AS batches,
            max(pg_column_size(b.*)) AS bytes FROM decision_batch AS b"""
    )
    assert (counts[0]["snapshots"], counts[0]["batches"]) == (2, 6)
    assert counts[0]["bytes"] < 9400 / 10
    await company.rows("UPDATE manager SET capacity_milli = 1, skills = '{}' RETURNING 1")
    for lead in [*leads, waiting]:
        (verdict,) = await _verified(company, lead["lead_id"])
        assert verdict["same"] is True
        assert verdict["computed_owner_id"] is not None
