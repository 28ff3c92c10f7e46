"""Names alike are looked for while there is time."""

import pytest

from services.history.repository.search import alike
from shared.contracts.inquiry import ContactDetails
from shared.database import Database
from tests.integration.history.customers.customers import compute
from tests.integration.history.reading import CONTACT
from tests.integration.history.search.searching import make_findable, search, written
from tests.support.event_streams import EventStreams
from tests.support.http_client import Door


@pytest.mark.parametrize("q", ["Петрв", "Птров"], ids=["near", "far"])
async def test_a_look_for_names_has_its_time(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch, q: str
) -> None:
    """Beyond it nothing is alike by its letters, and all else of the search goes on."""
    streams = EventStreams()
    written(streams, 1, contact=CONTACT, details=ContactDetails(name="Иван Петров"), text="насосы")
    await make_findable(database, streams)
    await compute(database)
    assert len(await search(door, q)) == 1
    slowly = alike._ALIKE.replace("ORDER BY word,", "AND pg_sleep(3) IS NOT NULL ORDER BY word,")
    monkeypatch.setattr(alike, "_ALIKE", slowly)
    monkeypatch.setattr(alike, "LOOK_SECONDS", 0.05)
    assert await search(door, q) == []
    (item,) = await search(door, "yfcjc")
    assert item["alike"], "what needs no look"
