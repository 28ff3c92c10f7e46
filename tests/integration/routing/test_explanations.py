"""Each decision says in a sentence why; to supervisors also what became of every candidate."""

from typing import Any
from uuid import UUID

from tests.integration.routing.harness import Company

PRESENT = "SELECT version FROM pool WHERE key = 'default'"


async def decisions(company: Company, lead: Any, **more: Any) -> list[Any]:
    found = await company.get(f"/v1/leads/{lead['lead_id']}/decisions", **more)
    return list(found["items"])


async def test_a_sentence_in_the_language_asked_for(company: Company) -> None:
    await company.manager("Анна", capacity=10)
    await company.inquire("first")
    await company.manager("Boris", capacity=10)
    lead = await company.inquire("second")
    (plain,) = await decisions(company, lead)
    (russian,) = await decisions(company, lead, params={"lang": "ru"})
    assert "Boris" in plain["explanation"] != russian["explanation"]
    assert plain["explanation"].isascii() or "Анна" in plain["explanation"]
    for accepted, expected in (
        ("ru-RU,ru;q=0.9,en;q=0.8", russian),
        ("de, en;q=0.5", plain),
        ("fr", plain),
        ("", plain),
    ):
        headers = {"Accept-Language": accepted}
        assert (await decisions(company, lead, headers=headers)) == [expected]
    answer = await company.ask("GET", f"/v1/leads/{lead['lead_id']}/decisions?lang=fr")
    assert answer.status_code == 422


async def test_the_candidates_with_their_verdicts_and_scores(company: Company) -> None:
    anna = await company.manager("Анна", capacity=1, skills={"b2b": 1})
    boris = await company.manager("Борис", capacity=2, skills={"b2b": 1})
    away = await company.manager("Вера", status="away")
    other = await company.manager("Глеб")
    await company.pool("default", policy={"skills": {"b2b": 1}})
    leads = [await company.inquire(number) for number in range(4)]
    await company.assign()
    verdicts = []
    for lead in leads:
        (decision,) = await decisions(company, lead, params={"detail": "true"})
        assert decision["policy_version"] == (await company.rows(PRESENT))[0]["version"]
        verdicts.append({item["manager_id"]: item["verdict"] for item in decision["candidates"]})
        assert decision["candidates"][0]["parts"].keys() == {"load", "fairness", "fit", "plan"}
    chosen = [next((k for k, v in item.items() if v == "chosen"), None) for item in verdicts]
    assert [key for key in chosen if key] == [lead["owner_id"] for lead in leads[:3]]
    assert verdicts[3] == {
        str(anna): "room", str(boris): "room", str(away): "off_duty", str(other): "skill",
    }  # fmt: skip


async def test_managers_learn_nothing_of_their_colleagues(company: Company) -> None:
    anna = await company.manager("Анна", capacity=10)
    await company.manager("Борис", capacity=10)
    lead = await company.inquire()
    owner = UUID(lead["owner_id"])
    name = "Анна" if owner == anna else "Борис"
    asked: dict[str, Any] = {"role": "manager", "manager_id": owner, "params": {"lang": "ru"}}
    (decision,) = await decisions(company, lead, **asked)
    assert name in decision["explanation"]
    assert {"Анна", "Борис"} - {name} - set(decision["explanation"].split()) != set()
    assert decision["candidates"] is None
    asked["params"] = {"detail": "true"}
    answer = await company.ask("GET", f"/v1/leads/{lead['lead_id']}/decisions", **asked)
    assert answer.status_code == 403


async def test_one_who_was_named_is_named(company: Company) -> None:
    lead = await company.inquire()
    anna = await company.manager("Анна")
    await company.perform("reassign", lead, role="supervisor", manager_id=str(anna))
    (decision,) = await decisions(company, lead, params={"lang": "ru", "detail": "true"})
    assert decision["explanation"].startswith("Анна")
    assert decision["candidates"] == []
