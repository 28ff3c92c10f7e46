"""A person's story holds everything of theirs, in order, safely in each of its forms."""

import io
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from playwright.async_api import async_playwright
from python_calamine import CalamineWorkbook

from deploy.embedded.programs import find_browser
from services.history.domain.story.page import POLICY
from services.history.use_cases.story import reading as story_reading
from shared.database import Database, transaction
from shared.read_audit import rows
from tests.e2e.browsing import complaints_of, open_page
from tests.integration.history.reading import ANNA, BORIS, CONTACT, OTHER
from tests.integration.history.story.persons import ANNA_NAME, FORMULA, MARKUP, live
from tests.support.event_streams import some_id
from tests.support.http_client import Door
from tests.support.waiting import eventually


async def story(
    door: Door, contact: object = CONTACT, *, role: str = "supervisor", manager: Any = None,
    language: str = "", **params: str,
) -> httpx.Response:  # fmt: skip
    headers = door.as_(role, manager_id=manager) | {"Accept-Language": language}
    return await door.client.get(f"/v1/contacts/{contact}/story", params=params, headers=headers)


async def test_everything_of_a_person_is_in_their_story(database: Database, door: Door) -> None:
    lead = await live(database, door)
    for contact in (CONTACT, OTHER):
        answer = await story(door, contact)
        whole = answer.json()
        assert whole["form"] == "leadflow.story.v1"
        assert whole["complete"] is True
        assert set(whole["contact_ids"]) == {str(CONTACT), str(OTHER)}
        assert whole["points"]["phones"] == ["+79161234567"]
        assert {one["lead_id"] for one in whole["leads"]} >= {str(lead)}
        items = whole["items"]
        assert [item["at"] for item in items] == sorted(item["at"] for item in items)
        assert {item["kind"] for item in items} == {
            "inquiry.received", "lead.opened", "lead.assigned", "lead.accepted",
            "lead.stage_changed", "lead.lost", "lead.inquiry_attached", "contact.relinked",
            "purchase.recorded", "consent.recorded", "activity.recorded",
        }  # fmt: skip
        assert answer.headers["cache-control"] == "no-store"


async def test_a_long_story_comes_in_pages_and_has_an_end(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live(database, door)
    monkeypatch.setattr(story_reading, "ITEMS_AT_ONCE", 2)
    whole = (await story(door)).json()
    assert len({item["activity_id"] for item in whole["items"]}) == len(whole["items"]) == 16
    for module in ("use_cases.story.reading", "use_cases.story.sheets", "routes.story"):
        monkeypatch.setattr(f"services.history.{module}.MAX_ITEMS", 5)
    cut = (await story(door)).json()
    assert cut["items"] == whole["items"][:5]
    assert cut["complete"] is False
    assert "Показаны не все события" in (await story(door, format="html")).text
    sheet = CalamineWorkbook.from_filelike(
        io.BytesIO((await story(door, format="xlsx")).content)
    ).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 1 + 5 + 1


async def test_a_manager_takes_what_is_of_own_leads(database: Database, door: Door) -> None:
    lead = await live(database, door)
    hers = (await story(door, role="manager", manager=ANNA)).json()
    assert {one["lead_id"] for one in hers["leads"]} == {str(lead)}
    assert FORMULA not in str(hers["items"])
    assert "Ещё вопрос" in str(hers["items"])
    assert "Насос скважинный" in str(hers["items"]), "of the person, and of no lead"
    assert hers["reads"] == []
    his = (await story(door, role="manager", manager=BORIS)).json()
    assert MARKUP not in str(his["items"])
    stranger = await story(door, role="manager", manager=some_id("manager", "carl"))
    assert stranger.status_code == 404
    assert (await story(door, some_id("nobody"))).status_code == 404


async def test_managers_are_called_as_they_are_called_now(database: Database, door: Door) -> None:
    await live(database, door)
    await story(door, role="manager", manager=ANNA)

    async def was_read() -> bool:
        return f"{ANNA_NAME}</td><td>История клиента" in (await story(door, format="html")).text

    await eventually(was_read, seconds=10, what="who took the story is called by name")
    page = (await story(door, format="html")).text
    assert f"<td>{ANNA_NAME}</td>" in page
    assert "Борис &lt;b&gt;" in page, "to whom the other lead was assigned"
    assert str(ANNA)[:8] not in page
    assert "Смирнова" not in page


async def test_who_took_a_story_is_noted_before_it_is_sent(database: Database, door: Door) -> None:
    await live(database, door)
    await story(door, format="html")
    async with transaction(database) as session:
        (read,) = await rows.list_reads(session, rows.ReadFilter(what="story"), after=None, limit=9)
    assert (read.shape["format"], set(read.subject_ids)) == ("html", {CONTACT, OTHER})
    whole = (await story(door)).json()
    assert [one["what"] for one in whole["reads"]] == ["story"]
    async with transaction(database) as session:
        await session.execute("DROP TABLE read_audit")
    assert (await story(door)).status_code == 503


async def test_the_workbook_computes_nothing(database: Database, door: Door) -> None:
    await live(database, door)
    answer = await story(door, format="xlsx", tz="Europe/Moscow", lang="ru")
    assert 'filename="story-' in answer.headers["content-disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["События", "Лиды", "Кто смотрел"]
    lines = book.get_sheet_by_name("События").to_python()
    assert lines[1][0] == "2026-03-02 12:00:00"
    assert MARKUP in lines[1]
    assert FORMULA in str(lines)
    assert f"Менеджер: {ANNA_NAME}" in lines[4]
    assert f"Менеджер {ANNA_NAME}" in str(lines)
    assert ANNA_NAME in str(book.get_sheet_by_name("Лиды").to_python())
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


async def test_the_page_is_text_and_nothing_else(database: Database, door: Door) -> None:
    await live(database, door)
    answer = await story(door, format="html")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == POLICY
    tags = _Tags()
    tags.feed(answer.text)
    assert not tags.names & {"script", "img", "link", "iframe", "i", "a", "object"}
    assert tags.attributes <= {"lang", "charset", "name", "content", "class"}
    assert "&lt;script&gt;" in answer.text
    assert "http" not in re.sub(r"https://shop\.example", "", answer.text)


@pytest.mark.parametrize(
    ("accepted", "lang", "words"),
    [
        ("en-GB,ru;q=0.5", None, "story"), ("ru,en;q=0.5", None, "История"),
        ("de", None, "История"), ("en", "ru", "История"), ("", "en", "story"),
    ],
)  # fmt: skip
async def test_the_page_speaks_the_readers_language(
    database: Database, door: Door, accepted: str, lang: str | None, words: str
) -> None:
    await live(database, door)
    params = {"format": "html", "tz": "Asia/Kathmandu", **({"lang": lang} if lang else {})}
    answer = await story(door, language=accepted, **params)
    assert words in answer.text
    assert "14:45" in answer.text, "09:00 UTC in Nepal"
    assert (await story(door, tz="Mars/Olympus")).status_code == 422


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_page_looks_well_and_asks_for_nothing(
    database: Database, door: Door, tmp_path: Path, language: str
) -> None:
    await live(database, door)
    answer = await story(door, format="html", lang=language, tz="Europe/Moscow")
    pictures = Path(os.environ.get("LEADFLOW_TEST_PICTURES") or tmp_path)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await open_page(browser, viewport={"width": 800, "height": 1100})
        complaints = complaints_of(page)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))

        async def fulfil(route: Any) -> None:
            await route.fulfill(body=answer.text, headers=dict(answer.headers), status=200)

        await page.route("http://story.test/", fulfil)
        for width in (800, 360):
            await page.set_viewport_size({"width": width, "height": 1100})
            await page.goto("http://story.test/")
            await page.screenshot(path=pictures / f"story-{language}-{width}.png", full_page=True)
            wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, "the page is wider than its window"
        await page.pdf(path=pictures / f"story-{language}.pdf", prefer_css_page_size=True)
        assert complaints == []
        assert set(requests) == {"http://story.test/"}
        await browser.close()
