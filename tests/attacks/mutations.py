"""Bodies that nobody sends: real samples and hostile ones, cut, joined, doubled and spoilt."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.intake.domain.requests import RawRequest
from tests.attacks.reading.generators import TABLE
from tests.unit.intake.providers.test_samples import ALL

TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=windows-1251",
    "multipart/form-data; boundary=b",
    "text/plain; charset=utf-16",
    "",
)
RESTS = ("", "", "", "events/summary", "events/call", "voice", "form-submission", "\x00\xff")
POOL = 3_000
LARGEST = 3_000  # bytes of a usual body; every two hundredth has ten times as many
NATIVE: dict[str, Any] = {
    "channel": "form",
    "contact": {"name": "Анна", "phones": ["+79211234567"], "emails": ["a@b.example"]},
    "text": "Перезвоните мне",
    "fields": {"a": [1, 2.5, None, True], "b": {"c": "d"}},
}


@dataclass(eq=False)
class Mutations:
    """The same seed gives the same bodies in the same order."""

    seed: int
    chance: random.Random = field(init=False)
    pool: list[RawRequest] = field(init=False)
    mails: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.pool = [*_samples(), *self._hostile()]
        self.mails = [
            request.body for request in self.pool if request.content_type == "message/rfc822"
        ]

    def next(self) -> RawRequest:
        chance = self.chance
        first = chance.choice(self.pool)
        body = self._spoilt(first.body)
        kept = chance.random() < 0.7
        content_type = first.content_type if kept else chance.choice(TYPES)
        rest = first.rest if kept else chance.choice(RESTS)
        return RawRequest(rest=rest, headers=(("content-type", content_type),), body=body)

    def inquiry(self) -> RawRequest:
        """A native inquiry of mischievous words, or as often a body like any other."""
        if self.chance.random() < 0.5:
            return self.next()
        words = self.next().body[:2000].decode("utf-8", "replace")
        contact = {**NATIVE["contact"], self.chance.choice(("name", "company")): words[:500]}
        told = {**NATIVE, "text": words, "contact": contact, "fields": {words[:100]: words}}
        body = json.dumps(told).encode()
        return RawRequest(headers=(("content-type", TYPES[0]),), body=body)

    def mail(self) -> bytes:
        """A mail for SMTP: its lines end as they must, and no dot ends it early."""
        body = self._spoilt(self.chance.choice(self.mails))
        lines = body.replace(b"\r", b"").split(b"\n")
        return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)

    def _spoilt(self, body: bytes) -> bytes:
        for _ in range(self.chance.randrange(4)):
            body = self._mutated(body, self.chance.choice(self.pool).body)
        return body

    def _mutated(self, body: bytes, other: bytes) -> bytes:
        chance = self.chance
        place, end = (chance.randrange(len(body) + 1) for _ in range(2))
        mutants: Sequence[bytes] = (
            body[:place],
            body[place:],
            body[:place] + other[chance.randrange(len(other) + 1) :],
            body[:place] + chance.randbytes(chance.randrange(1, 9)) + body[end:],
            body[:place] + body[place : place + 40] * chance.randrange(1, 20) + body[place:],
            body[: place // 2] + other[:300] + body[place // 2 :],
            chance.randbytes(chance.randrange(300)),
        )
        return chance.choice(mutants)

    def _hostile(self) -> list[RawRequest]:
        rows = [row for row in TABLE if ".parse: " in row.name]
        found = []
        for number in range(POOL):
            size = self.chance.randrange(1, LARGEST * (10 if number % 200 == 0 else 1))
            found.append(self.chance.choice(rows).hostile(size))
        return found


def _samples() -> list[RawRequest]:
    """The providers' own requests, each as often as hostile ones are likely to be drawn."""
    native = RawRequest(headers=(("content-type", TYPES[0]),), body=json.dumps(NATIVE).encode())
    requests = (sample.request() for sample in ALL)
    return [native, *(request for request in requests if request.body)] * 12
