"""A person is erased: nothing of them is left, and nothing that comes late brings them back."""

from typing import Any

import pytest

from services.intake.use_cases.erasure import erase as erasing
from services.intake.use_cases.erasure import finish as finishing
from services.intake.use_cases.importing import Importer
from shared.database import transaction
from tests.integration.intake import exchanges
from tests.integration.intake.erasing import erase, finish, lines_with, order
from tests.integration.intake.harness import House, one
from tests.integration.intake.test_imports import ended, importer, opened
from tests.integration.intake.test_restoring import TABLES, ask, put_back
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables

__all__ = ["importer"]  # a fixture

ANNA, BORIS = "+79161234567", "+79167654321"
DIGITS = "916.?1234567"


async def test_nothing_of_an_erased_person_is_left_and_all_of_another_stays(house: House) -> None:
    anna = await ask(
        house, ANNA, text="zzannaword", subject="zzannasubject", external_id="zzanna-1"
    )
    boris = await ask(house, BORIS, text="otherword")
    before = await lines_with(house, "otherword", BORIS)
    receipt = await erase(house, anna)
    assert (receipt["step"], receipt["services"]["intake"]["state"]) == ("done", "confirmed")
    assert receipt["state"] == "pending", "the other services have not confirmed"
    assert await lines_with(house, "zzanna", DIGITS) == []
    assert await lines_with(house, "otherword", BORIS) == before
    assert one(await house.emitted("contact.erased"))["birth_ids"] == [str(anna)]
    assert await ask(house, ANNA, text="I am back") != anna
    assert await ask(house, BORIS) == boris


async def test_all_contacts_of_a_person_are_erased_and_stay_so_when_they_part(
    house: House,
) -> None:
    anna, other = (
        await ask(house, ANNA, text="zzannaone"),
        await ask(house, BORIS, text="zzannatwo"),
    )
    await ask(house, ANNA, BORIS, text="zzannaboth")
    relinked = one(await house.emitted("contact.relinked"))
    stale = await order(house, anna, version=1)
    assert (stale.status_code, stale.json()["type"].rpartition(":")[2]) == (409, "person-changed")
    first = (await order(house, other)).json()
    again = (await order(house, anna, version=1)).json()
    assert first["erasure_id"] == again["erasure_id"]
    assert set(first["contact_ids"]) == {str(anna), str(other)}
    await finish(house)
    undone = await house.client.post(
        f"/v1/contact-merges/{relinked['batch_id']}/undo", json={}, headers=house.as_("supervisor")
    )
    assert undone.status_code == 200, undone.text
    assert await lines_with(house, "zzanna", DIGITS) == []
    refused = await house.client.post(
        f"/v1/contacts/{anna}/consents", json={"given": True}, headers=house.as_("supervisor")
    )
    assert refused.status_code == 409, refused.text


async def test_what_comes_late_of_an_erased_person_is_known_and_not_kept(house: House) -> None:
    await exchanges.connect(house)
    start, end, record = exchanges.zadarma("in_1")
    await exchanges.tell(house, "zadarma", [start, end])
    caller = one(await house.rows("SELECT contact_id FROM inquiry"))["contact_id"]
    await ask(house, ANNA, text="zzannaword", external_id="zzanna-1")
    await erase(house, caller)
    await exchanges.tell(house, "zadarma", [end, record])
    again = await house.native(
        {"channel": "form", "contact": {"phones": [ANNA]}, "external_id": "zzanna-1"}
    )
    await house.normalise()
    receipt = await house.receipt(again)
    assert (receipt["state"], receipt["reason"]) == ("ignored", "duplicate")
    assert await lines_with(house, "zzanna", DIGITS, "r-in_1") == []


async def test_copies_that_no_contact_leads_to_are_found_and_never_read_again(
    house: House,
) -> None:
    anna = await ask(house, ANNA)
    source = await house.source(adapter="generic-json")
    broken = [
        b'{"name": "zzanna", "phone": "8 (916) 123-45-67"',
        b"{zzanna=%2B7%20916%20123%2045%2067",
    ]
    copies = [await house.hook(source["key"], body) for body in broken]
    foreign = await house.hook(source["key"], b'{"phone": "+7 916 123-45-99"')
    await house.normalise()
    await erase(house, anna)
    states = [(await house.receipt(answer))["state"] for answer in (*copies, foreign)]
    assert states == ["ignored", "ignored", "quarantined"]
    assert await lines_with(house, "zzanna") == []
    receipt_id = copies[0].headers["leadflow-receipt"]
    repair = await house.client.post(
        f"/v1/submissions/{receipt_id}/repair",
        json={"body": '{"phone": "+79161234567"}'},
        headers=house.as_("supervisor"),
    )
    assert repair.json()["type"].endswith("submission-erased"), repair.text
    again = await house.client.post(
        "/v1/submissions/renormalise", json={"state": "ignored"}, headers=house.as_("supervisor")
    )
    assert again.json()["matched"] == 0, again.text


async def test_a_table_is_emptied_and_the_others_in_it_stay(
    house: House, importer: Importer
) -> None:
    table = f"phone;note\n{ANNA};zzannarow\n{BORIS};otherrow\nnothing;{ANNA}\n".encode()
    columns = {"phone": "contact.phones", "note": "text"}
    import_id = await opened(house, table, columns=columns)
    await ended(house, importer, import_id)
    await house.normalise()
    trial = await opened(house, table, columns=columns, dry_run=True)
    await ended(house, importer, trial)
    row = one(await house.rows("SELECT contact_id FROM contact_point WHERE value = :v", v=ANNA))
    await erase(house, row["contact_id"])
    assert await lines_with(house, "zzannarow", DIGITS) == []
    assert {line.partition(":")[0] for line in await lines_with(house, "otherrow")} == {
        *("inquiry.content", "journal.payload", "submission.body")
    }


async def test_many_inquiries_are_blanked_in_slices(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await ask(house, ANNA, text="zzanna0")
    for number in range(1, 5):
        await ask(house, ANNA, text=f"zzanna{number}")
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    monkeypatch.setattr(finishing, "INQUIRIES_AT_ONCE", 2)
    monkeypatch.setattr(finishing, "EVENTS_AT_ONCE", 2)
    monkeypatch.setattr(finishing, "SEARCHED_AT_ONCE", 2)
    preview = await house.get(f"/v1/contacts/{anna}/erasure-preview")
    assert preview["is_part"]
    begun = (await order(house, anna)).json()
    assert (begun["step"], begun["services"]["intake"]["rows"]["inquiry"]) == ("inquiries", 2)
    assert len(await house.emitted("contact.erased")) == 1
    await finish(house)
    receipt = await house.get(f"/v1/erasures/{begun['erasure_id']}")
    assert receipt["services"]["intake"]["rows"]["inquiry"] == 5
    assert await lines_with(house, "zzanna", DIGITS) == []


async def test_a_preview_counts_and_changes_nothing(house: House) -> None:
    anna = await ask(house, ANNA, text="zzannaword")
    before = await lines_with(house, "zzanna", DIGITS)
    preview = await house.get(f"/v1/contacts/{anna}/erasure-preview")
    rows = preview["services"].pop("intake")
    assert (rows["inquiry"], rows["submission"], rows["contact_point"]) == (1, 1, 1)
    assert preview["services"] == {"routing": None, "history": None, "kpi": None}
    assert await lines_with(house, "zzanna", DIGITS) == before
    assert await house.emitted("contact.erased") == []


async def test_an_older_backup_forgets_again(house: House) -> None:
    backup = await OldTables.of(house.database, *TABLES)
    anna = await ask(house, ANNA, text="zzannaword")
    later = await OldTables.of(house.database, *TABLES)
    await erase(house, anna)
    events = await journal_events(house.database)
    for old in (backup, later):
        await old.bring_back()
        async with transaction(house.database) as session:
            await session.execute("TRUNCATE erasure CASCADE")
        await put_back(house, events)
        await finish(house)
        assert await lines_with(house, "zzanna", DIGITS) == []
    assert await ask(house, ANNA, text="new") != anna


async def test_a_person_is_given_all_that_is_stored_of_them(house: House) -> None:
    anna = await ask(house, ANNA, text="first")
    await ask(house, ANNA, text="second")
    await ask(house, BORIS, text="otherword")
    path = f"/v1/contacts/{anna}/personal-data"
    page: dict[str, Any] = await house.get(path, limit=1)
    rest: dict[str, Any] = await house.get(path, limit=1, cursor=page["next_cursor"])
    texts = {inquiry["text"] for part in (page, rest) for inquiry in part["inquiries"]}
    assert texts == {"first", "second"}
    assert [point["value"] for point in page["points"]] == [ANNA]
    assert page["elsewhere"]["history"] == [f"/v1/contacts/{anna}/timeline"]
    assert "otherword" not in str((page, rest))
