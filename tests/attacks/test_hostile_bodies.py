"""The bodies that were slowest to read, through the public hooks: nobody else waits for them."""

import secrets

import pytest

from tests.attacks.bystanders import Bystanders
from tests.attacks.providers_of_mischief import Providers
from tests.attacks.reading.adapters import json_of
from tests.attacks.reading.generators import TABLE
from tests.attacks.reading.mails import MARKUP
from tests.attacks.reading.words import TEXTS
from tests.attacks.shots import Connection
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.e2e]

SIZE = 200_000
LARGE = 900_000  # just below what the door takes of a form
SETTLE_SECONDS = 30.0
# What took seconds or more, and what takes longest now that all take their share.
WORST = (
    "tilda.parse: form, phones",
    "tilda.parse: form, addresses",
    "tilda.parse: a name of marks",
    "tilda.parse: just under the depth",
    "tilda.parse: multipart, header parameters",
    "generic-json.parse: numbers in a list",
    "generic-json.parse: foreign addresses in a list",
    "generic-json.parse: keys of another alphabet",
    "typeform.parse: emails",
    "mango.parse: marks out of order",
    "twilio.parse: names",
    "postmark.parse: raw, an encoded word without end",
    "postmark.parse: raw, semicolons",
    "postmark.parse: raw, ninety multiparts",
    "postmark.parse: raw, multiparts without end",
    "postmark.parse: raw, mails in mails",
    "postmark.parse: HTML, lists in lists",
    "postmark.parse: HTML, different fonts",
    "postmark.parse: HTML, many attributes",
    "postmark.parse: HTML, tags in quotes",
    "postmark.parse: text, carriage returns",
    "postmark.parse: from, comments",
)
LARGEST = (
    "generic-json.parse: many keys",
    "generic-json.parse: empty objects",
    "postmark.parse: HTML, paragraphs",
    "postmark.parse: raw, parts",
    "tilda.parse: form, percent codes",
)

# Which the table of readers tries on a part of this adapter only.
SPARED = {
    **{f"postmark.parse: HTML, {name}": json_of(HtmlBody=make) for name, make in MARKUP.items()},
    **{f"postmark.parse: text, {name}": json_of(TextBody=make) for name, make in TEXTS.items()},
}


async def test_slow_bodies_harm_nobody(victim: Stack, bystanders: Bystanders) -> None:
    hostiles = {**SPARED, **{row.name: row.hostile for row in TABLE}}
    shots = [(name, SIZE) for name in WORST] + [(name, LARGE) for name in LARGEST]
    requests = [(name, hostiles[name](size)) for name, size in shots]
    providers = Providers(victim, tag=f"slow-{secrets.token_hex(4)}")
    await providers.configure()

    receipts = {}
    async with bystanders.watching():
        async with Connection(victim.url) as connection:
            for name, request in requests:
                heard = await connection.post(providers.shot(name.partition(".")[0], request))
                assert heard.status < 500, name
                if heard.receipt:
                    receipts[heard.receipt] = name
        states = await _settled(victim, set(receipts))
    await bystanders.assert_unharmed()
    await providers.disable()

    assert len(receipts) > len(shots) / 2
    assert set(states.values()) <= {"normalised", "quarantined", "ignored"}


async def _settled(victim: Stack, receipts: set[str]) -> dict[str, str]:
    async with victim.client() as client:

        async def states() -> dict[str, str]:
            found = {}
            for receipt in receipts:
                answer = await client.get(f"/intake/v1/receipts/{receipt}")
                found[receipt] = answer.json()["state"]
            return found

        return await eventually(
            states,
            seconds=SETTLE_SECONDS,
            what="the slow bodies are read",
            until=lambda found: "pending" not in found.values(),
            pause_seconds=0.5,
        )
