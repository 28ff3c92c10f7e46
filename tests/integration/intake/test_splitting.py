"""What an inquiry may not join is proposed; what was joined is parted again, and stays parted."""

from datetime import timedelta
from typing import Any

import httpx

from services.intake.repository.proposals import MAX_OPEN_PROPOSALS
from services.intake.use_cases.resolve_contacts import MERGES_AN_HOUR
from tests.integration.intake.harness import House, one
from tests.integration.intake.test_identity import ask

ANNA, BORIS = {"phones": ["+79161234567"], "name": "Анна"}, {"phones": ["+79167654321"]}
BOTH = {"phones": [*ANNA["phones"], *BORIS["phones"]]}


async def call(house: House, method: str, path: str, **body: Any) -> httpx.Response:
    headers = house.as_("supervisor")
    return await house.client.request(method, path, headers=headers, json=body)


async def done(house: House, method: str, path: str, **body: Any) -> Any:
    answer = await call(house, method, path, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def form(house: House, key: str, *phones: str, name: str = "Некто") -> str:
    """One anonymous form, normalised at once; gives its contact id."""
    house.time.pass_(minutes=1)
    body = "&".join(f"phone_{n}={phone.replace('+', '%2B')}" for n, phone in enumerate(phones, 2))
    answer = await house.hook(
        key,
        f"name={name}&{body}".encode(),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200, answer.text
    await house.normalise()
    receipt = await house.receipt(answer)
    inquiry = await house.get(f"/v1/inquiries/{receipt['inquiry_ids'][0]}")
    return str(inquiry["contact_id"])


async def mapping(house: House) -> dict[str, str]:
    rows = await house.rows("SELECT contact_id, canonical_id FROM contact")
    return {str(row["contact_id"]): str(row["canonical_id"]) for row in rows}


async def emitted_mapping(house: House) -> dict[str, str]:
    """What those who hear the events hold, where it differs from the contact itself."""
    canonical_ids = {
        item["contact_id"]: item["canonical_id"] for item in await house.emitted("contact.relinked")
    }
    return {one: other for one, other in canonical_ids.items() if one != other}


async def test_may_merge_is_a_matter_of_the_proof(house: House) -> None:
    anonymous = await house.source(adapter="generic-json")
    with_secret = await house.source(
        adapter="generic-json", secrets={"secret": "s3cret-of-the-form"}
    )
    with_option = await house.source(adapter="generic-json", may_merge=True)
    native = await house.get("/v1/sources/api")
    values = [source["may_merge"] for source in (anonymous, with_secret, with_option, native)]
    assert values == [False, True, True, True]


async def test_an_anonymous_form_proposes_and_shows_both_cards(house: House) -> None:
    anna, boris = await ask(house, ANNA), await ask(house, BORIS)
    source = await house.source(adapter="generic-json")
    assert await form(house, source["key"], *BOTH["phones"]) == anna
    assert await house.emitted("contact.relinked") == []
    proposal = one((await done(house, "GET", "/v1/contact-proposals"))["items"])
    assert {card["contact_id"] for card in proposal["cards"]} == {anna, boris}
    assert {card["points"][0]["value"] for card in proposal["cards"]} == set(BOTH["phones"])
    assert proposal["inquiry"]["contact"]["name"] == "Некто"
    assert (proposal["state"], proposal["source_id"]) == ("open", source["source_id"])
    card = await house.get(f"/v1/contacts/{anna}")
    assert card["details"]["phones"] == ANNA["phones"], "nobody else's number on her card"
    await form(house, source["key"], *BOTH["phones"])
    assert len((await done(house, "GET", "/v1/contact-proposals"))["items"]) == 1


async def test_accepting_joins_and_declining_keeps_apart(house: House) -> None:
    anna, boris = await ask(house, ANNA), await ask(house, BORIS)
    source = await house.source(adapter="generic-json")
    await form(house, source["key"], *BOTH["phones"])
    proposal = one((await done(house, "GET", "/v1/contact-proposals"))["items"])
    path = f"/v1/contact-proposals/{proposal['proposal_id']}"
    for _ in range(2):
        assert (await done(house, "POST", f"{path}/accept"))["state"] == "accepted"
    assert (await call(house, "POST", f"{path}/decline")).status_code == 409
    event = one(await house.emitted("contact.relinked"))
    assert (event["contact_id"], event["canonical_id"]) == (boris, anna)
    await done(house, "POST", f"/v1/contact-merges/{event['batch_id']}/undo")
    assert await mapping(house) == {anna: anna, boris: boris}


async def test_a_declined_pair_is_left_alone_by_the_same_points(house: House) -> None:
    anna, boris = await ask(house, ANNA), await ask(house, BORIS)
    source = await house.source(adapter="generic-json")
    await form(house, source["key"], *BOTH["phones"])
    proposal = one((await done(house, "GET", "/v1/contact-proposals?state=open"))["items"])
    path = f"/v1/contact-proposals/{proposal['proposal_id']}"
    for _ in range(2):
        assert (await done(house, "POST", f"{path}/decline"))["state"] == "declined"
    assert (await call(house, "POST", f"{path}/accept")).status_code == 409
    await form(house, source["key"], *BOTH["phones"])
    await ask(house, BOTH)
    assert await mapping(house) == {anna: anna, boris: boris}
    assert (await done(house, "GET", "/v1/contact-proposals?state=open"))["items"] == []


async def test_open_proposals_of_a_source_are_bounded_and_the_rest_counted(house: House) -> None:
    people = [f"+7918{number:07d}" for number in range(MAX_OPEN_PROPOSALS + 6)]
    for phone in people:
        await house.native({"channel": "form", "contact": {"phones": [phone]}})
    source = await house.source(adapter="generic-json")
    for phone in people[1:]:
        body = f"phone=%2B{people[0][1:]}&phone_2=%2B{phone[1:]}".encode()
        await house.hook(source["key"], body, content_type="application/x-www-form-urlencoded")
    await house.normalise()
    page = await done(house, "GET", f"/v1/contact-proposals?source_id={source['source_id']}")
    assert page["dropped"] == 5
    rows = await house.rows("SELECT count(*) AS n FROM contact_proposal WHERE state = 'open'")
    assert rows[0]["n"] == MAX_OPEN_PROPOSALS


async def test_undoing_a_merge_gives_each_their_own_again(house: House) -> None:
    anna = await ask(house, ANNA)
    boris = await ask(house, {**BORIS, "name": "Борис", "company": "Ромашка"})
    await ask(house, BOTH)
    assert (await mapping(house))[boris] == anna
    later = await ask(house, {**BORIS, "emails": ["boris@example.com"]})
    event = one(await house.emitted("contact.relinked"))
    undone = await done(house, "POST", f"/v1/contact-merges/{event['batch_id']}/undo")
    assert (undone["undone"], undone["relinked"]) == (
        1, [{"contact_id": boris, "canonical_id": boris}],
    )  # fmt: skip
    again = await done(house, "POST", f"/v1/contact-merges/{event['batch_id']}/undo")
    assert (again["undone"], again["relinked"]) == (0, [])
    assert await mapping(house) == {anna: anna, boris: boris}
    assert await emitted_mapping(house) == {}
    assert later == boris, "what he asked meanwhile is his"
    cards = [(await house.get(f"/v1/contacts/{one}"))["details"] for one in (anna, boris)]
    assert [card["name"] for card in cards] == ["Анна", "Борис"]
    assert [card["company"] for card in cards] == [None, "Ромашка"]
    assert [card["phones"] for card in cards] == [ANNA["phones"], BORIS["phones"]]
    assert [card["emails"] for card in cards] == [[], ["boris@example.com"]]
    assert await ask(house, BORIS) == boris
    await ask(house, BOTH)
    assert await mapping(house) == {anna: anna, boris: boris}, "not joined at once again"


async def test_a_split_parts_some_together_and_keeps_the_rest(house: House) -> None:
    births = [await ask(house, {"phones": [f"+7916000000{number}"]}) for number in range(4)]
    for number in range(1, 4):
        await ask(house, {"phones": ["+79160000000", f"+7916000000{number}"]})
    assert set((await mapping(house)).values()) == {births[0]}
    path = f"/v1/contacts/{births[1]}/split"
    parted = await done(house, "POST", path, contact_ids=[births[0], births[3]], reason="другие")
    assert parted["undone"] == 2
    undone = (await done(house, "GET", "/v1/contact-merges?undone=true"))["items"]
    assert [item["undone_reason"] for item in undone] == ["другие", "другие"]
    expected_mapping = {
        births[0]: births[0],
        births[3]: births[0],
        births[1]: births[1],
        births[2]: births[1],
    }
    assert await mapping(house) == expected_mapping
    assert await emitted_mapping(house) == {births[3]: births[0], births[2]: births[1]}
    assert (await call(house, "POST", path, contact_ids=[births[0]])).status_code == 422
    everybody = await call(house, "POST", path, contact_ids=[births[1], births[2]])
    assert everybody.json()["errors"][0]["pointer"] == "/contact_ids"


async def test_all_that_a_source_joined_in_a_while_is_undone_by_one_call(house: House) -> None:
    source = await house.source(adapter="generic-json", may_merge=True)
    phones = [f"+7919{number:07d}" for number in range(2 * MERGES_AN_HOUR + 8)]
    for phone in phones:
        await ask(house, {"phones": [phone]})
    before = await mapping(house)
    since = house.time()
    for first, second in zip(phones[::2], phones[1::2], strict=True):
        body = f"phone=%2B{first[1:]}&phone_2=%2B{second[1:]}".encode()
        await house.hook(source["key"], body, content_type="application/x-www-form-urlencoded")
    await house.normalise()
    page = await done(house, "GET", f"/v1/contact-merges?source_id={source['source_id']}&limit=200")
    assert len(page["items"]) == MERGES_AN_HOUR, "the rest is only proposed"
    assert len((await done(house, "GET", "/v1/contact-proposals"))["items"]) == 4
    period = {
        "source_id": source["source_id"],
        "from": since.isoformat(),
        "to": (since + timedelta(hours=1)).isoformat(),
    }
    plan = await done(house, "POST", "/v1/contact-merges/undo", **period, dry_run=True)
    assert (plan["matched"], plan["undone"]) == (MERGES_AN_HOUR, 0)
    assert await mapping(house) != before
    undone = await done(house, "POST", "/v1/contact-merges/undo", **period)
    assert (undone["undone"], undone["relinked"], undone["remaining"]) == (
        MERGES_AN_HOUR, MERGES_AN_HOUR, 0,
    )  # fmt: skip
    assert await mapping(house) == before
    assert await emitted_mapping(house) == {}
    assert (await done(house, "POST", "/v1/contact-merges/undo", **period))["matched"] == 0


async def test_an_operators_word_on_a_point_counts_first(house: House) -> None:
    line = "+74951112233"
    point = {"kind": "phone", "value": line}
    answer = await done(house, "PUT", "/v1/contact-points", **point, shared=True)
    assert (answer["shared"], answer["contact_id"]) == (True, None)
    first, second = await ask(house, {"phones": [line]}), await ask(house, {"phones": [line]})
    assert first != second
    await done(house, "PUT", "/v1/contact-points", **point, shared=False)
    third, fourth = await ask(house, {"phones": [line]}), await ask(house, {"phones": [line]})
    assert third == fourth
    for value in ("88005553535", "nobody"):
        answer = await call(
            house, "PUT", "/v1/contact-points", **{**point, "value": value}, shared=True
        )
        assert answer.json()["errors"][0]["pointer"] == "/value"


async def test_both_spellings_of_an_address_are_one(house: House) -> None:
    first = await ask(house, {"emails": ["Анна@Пример.РФ"]})
    assert await ask(house, {"emails": ["анна@xn--e1afmkfd.XN--P1AI"]}) == first
    page = await house.get("/v1/contacts", email="анна@xn--e1afmkfd.xn--p1ai")
    assert one(page["items"])["contact_id"] == first
