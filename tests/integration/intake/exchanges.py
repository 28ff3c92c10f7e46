"""Exchanges that report calls to a house, event by event."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.integration.intake.harness import House

FORM = "application/x-www-form-urlencoded"
KEY, SALT, SECRET = "mango-key-1", "mango-salt-1", "zadarma-secret-1"
START = 1_772_442_000  # 2026-03-02 09:00 UTC, as the house's clock begins
CALLER, LINE = "79161234567", "74951234567"

Event = tuple[str, Mapping[str, Any]]  # where below the hook, and what


async def connect(house: House) -> None:
    """One source of each exchange, keyed by its adapter."""
    await house.source(key="mango", adapter="mango", secrets={"api_key": KEY, "api_salt": SALT})
    await house.source(
        key="zadarma", adapter="zadarma", secrets={"secret": SECRET}, time_zone="UTC"
    )
    await house.source(key="sipuni", adapter="sipuni")
    await house.source(key="tracker", adapter="uis", options={"tracking": True}, time_zone="UTC")


def mango(call_id: str, *, caller: str = CALLER) -> list[Event]:
    """A call that is answered, as four events in the order in which they happen."""
    leg = {"entry_id": call_id, "call_id": f"{call_id}:1", "seq": 1}
    sides = {
        "from": {"number": caller},
        "to": {"extension": "123", "number": "12345678", "line_number": LINE},
    }
    return [
        (
            "/events/call",
            {**leg, **sides, "timestamp": START, "call_state": "Appeared", "location": "ivr"},
        ),
        (
            "/events/call",
            {
                **leg,
                **sides,
                "timestamp": START + 5,
                "call_state": "Connected",
                "location": "abonent",
            },
        ),
        (
            "/events/summary",
            {
                "entry_id": call_id,
                "call_direction": 1,
                **sides,
                "line_number": LINE,
                "create_time": START,
                "talk_time": START + 5,
                "end_time": START + 65,
                "entry_result": 1,
            },
        ),
        (
            "/events/recording",
            {**leg, "recording_id": f"r-{call_id}", "recording_state": "Completed"},
        ),
    ]


def zadarma(call_id: str, *, caller: str = CALLER) -> list[Event]:
    call = {
        "pbx_call_id": call_id,
        "call_start": "2026-03-02 09:00:00",
        "caller_id": caller,
        "called_did": LINE,
    }
    end = {"duration": "60", "disposition": "answered", "internal": "101"}
    return [
        ("", {"event": "NOTIFY_START", **call}),
        ("", {"event": "NOTIFY_END", **call, **end}),
        (
            "",
            {"event": "NOTIFY_RECORD", "pbx_call_id": call_id, "call_id_with_rec": f"r-{call_id}"},
        ),
    ]


def sipuni(call_id: str) -> list[Event]:
    call = {"call_id": call_id, "src_num": CALLER, "src_type": 1, "dst_num": "201", "dst_type": 2}
    times = {"call_start_timestamp": START, "call_answer_timestamp": START + 5}
    record = {"call_record_link": f"https://sipuni.example/{call_id}"}
    return [
        ("", {"event": 1, "timestamp": START, **call}),
        ("", {"event": 3, "timestamp": START + 5, **call}),
        ("", {"event": 2, "timestamp": START + 65, "status": "ANSWER", **call, **times, **record}),
        ("", {"event": 4, "timestamp": START + 66, **call}),
    ]


CALLS = {"mango": mango, "zadarma": zadarma, "sipuni": sipuni}


async def send(house: House, key: str, event: Event) -> httpx.Response:
    """One event, signed as the exchange signs it."""
    rest, values = event
    headers = {"content_type": FORM}
    fields: Mapping[str, Any] = values
    if key == "mango":
        text = json.dumps(values)
        sign = hashlib.sha256((KEY + text + SALT).encode()).hexdigest()
        fields = {"vpbx_api_key": KEY, "sign": sign, "json": text}
    elif key == "zadarma":
        signed = _SIGNED.get(values["event"], ("caller_id", "called_did", "call_start"))
        text = "".join(values[name] for name in signed)
        digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).hexdigest()
        headers["signature"] = base64.b64encode(digest.encode()).decode()
    answer = await house.hook(key, urlencode(fields).encode(), rest=rest, **headers)
    assert answer.status_code == 200, answer.text
    return answer


_SIGNED = {"NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec")}


async def tell(house: House, key: str, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The events one by one, each normalised before the next; their receipts at the end."""
    answers = []
    for event in events:
        answers.append(await send(house, key, event))
        await house.normalise()
    return [await house.receipt(answer) for answer in answers]


def tracked(call_id: str, *, seconds: int = 0, caller: str = CALLER) -> Event:
    """What call tracking tells of an answered call, and of the visit that it came from."""
    return (
        "",
        {
            "notification_mnemonic": "call_finished",
            "call_session_id": call_id,
            "contact_phone_number": caller,
            "virtual_phone_number": "74957654321",
            "direction": "in",
            "start_time": datetime.fromtimestamp(START + seconds, tz=UTC).isoformat(),
            "talk_time_duration": "60",
            "total_time_duration": "66",
            "utm_source": "yandex",
            "utm_campaign": "spring",
        },
    )
