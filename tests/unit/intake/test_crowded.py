"""A native inquiry that holds more than an inquiry can is refused by counting, not by reading."""

import json
import time
from typing import Any

import pytest

from services.intake.routes.ingest.native import MAX_MEMBERS, read_inquiry
from shared.errors import InvalidError

HEADERS = ((b"content-type", b"application/json"),)
FORM: dict[str, Any] = {"channel": "form"}
CROWDED = {
    "lists": b'{"channel":"form","fields":{"a":[' + b"[]," * 340_000 + b"1]}}",
    "objects": b'{"channel":"form","fields":{"a":[' + b"{}," * 340_000 + b"1]}}",
    "fields": json.dumps({**FORM, "fields": dict.fromkeys(map(str, range(70_000)), "")}).encode(),
    "members": json.dumps({**FORM, **dict.fromkeys(map(str, range(70_000)), "")}).encode(),
    "depth": b'{"a":' * 200_000,
    "numbers that nobody asked for": b'{"channel":[' + b"1," * 500_000 + b"1]}",
    "numbers without an end": b'{"channel":"form","fields":{"a":[' + b"1," * 500_000,
    "in two bytes a letter": json.dumps(FORM | {"a": [[]] * 90_000}).encode("utf-16"),
}


@pytest.mark.parametrize("body", CROWDED.values(), ids=CROWDED)
def test_a_crowd_is_refused_at_little_cost(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(InvalidError):
        read_inquiry(body, HEADERS)
    assert time.process_time() - began < 0.25  # read as JSON it would be up to two seconds


def test_what_an_inquiry_can_hold_is_read() -> None:
    prose = "Да, но: [1], {2}, и так далее, " * 900
    goods = [{"name": f"Товар {number}", "price": number} for number in range(300)]
    inquiry = read_inquiry(
        json.dumps({**FORM, "text": prose[:20_000], "fields": {"goods": goods}}).encode(), HEADERS
    )
    assert inquiry.fields == {"goods": goods}
    assert 3 * len(goods) + 2 * prose[:20_000].count("[") < MAX_MEMBERS
