"""What no database can give, by the type of the parameter that is asked for it."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from shared.ids import new_id

SOME_ID = str(new_id())


def cursor(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


NUMBERS: tuple[str, ...] = (
    "-1",
    "0",
    "1e3",
    "1.5",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    "9" * 25,
    "9" * 150,
)
NUMBERS += ("0" * 60 + "1", "NaN", "Infinity", "١٢٣", "+5", " 5", "1_000", "0x10", "")
MOMENTS = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59-23:59",
    "10000-01-01T00:00:00Z",
    "-4713-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00",
    "infinity",
    "-infinity",
    "1e18",
    "-1e18",
    "99999999999999",
)
DATES = ("0001-01-01", "9999-12-31", "0000-00-00", "10000-01-01", "1970-01-01", "2200-01-02")
ZONES = (
    "../../../etc/passwd",
    "/etc/passwd",
    "Europe/../Europe/Moscow",
    "Europe",
    "Europe/Moscow\0",
    "\0",
    ".",
    "",
    "a" * 64,
    "Etc/GMT+14",
    "posixrules",
    "ÿ",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
)
IDS: tuple[str, ...] = (
    "00000000-0000-0000-0000-000000000000",
    "f" * 32,
    f"{{{SOME_ID}}}",
    f"urn:uuid:{SOME_ID}",
)
IDS += ("x", "' OR 1=1 --", "\0", "%00", "none", "١" * 32)
TEXTS = ("\0", "a\0b", "'; DROP TABLE lead --", "%", "\\", "�", "𐀀", "a" * 5000, "[]", "{}", "null")
CURSORS = (
    "?",
    "AA",
    "é",
    cursor("["),
    cursor("[" * 120),
    cursor({}),
    cursor(None),
    cursor([]),
    cursor(["\0"]),
    cursor(["\ud800"]),
    cursor([[1]]),
    cursor([True]),
    cursor([SOME_ID]),
    cursor([SOME_ID, SOME_ID]),
    cursor(["topic", "key\0", "1"]),
    *(cursor(["topic", "key", number]) for number in NUMBERS),
    *(cursor([number]) for number in NUMBERS),
    *(cursor([number, "2026-01-01T00:00:00Z"]) for number in NUMBERS),
    *(cursor([moment, SOME_ID]) for moment in MOMENTS),
    *(cursor(["5", moment]) for moment in MOMENTS),
    *(f"{number}-{number}" for number in NUMBERS),
)
EVERYTHING = (*NUMBERS[:8], *MOMENTS, *DATES, *ZONES, *IDS, *TEXTS)
# What the framework refuses by its type alone never reaches a route: a few of each are enough.
STRANGE = (NUMBERS[6], MOMENTS[0], IDS[4], TEXTS[0])
OF_TYPE: Mapping[str, tuple[str, ...]] = {
    "integer": (*NUMBERS, *STRANGE),
    "number": (*NUMBERS, *STRANGE),
    "boolean": STRANGE,
    "uuid": (*IDS, *STRANGE),
    "date": (*DATES, *MOMENTS, *STRANGE),
    "date-time": (*MOMENTS, *DATES, *NUMBERS, *STRANGE),
    "enum": STRANGE,
}


def values(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What a parameter of this type is asked with; everything where any words are taken."""
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice != {"type": "null"}]
    (choice,) = choices if len(choices) == 1 else [{}]
    choice = choice.get("items", choice)
    kind = "enum" if "enum" in choice else choice.get("format", choice.get("type", ""))
    if kind in OF_TYPE:
        return OF_TYPE[kind]
    pattern, longest = choice.get("pattern", ""), choice.get("maxLength", 10_000)
    fitting = [word for word in EVERYTHING if len(word) <= longest and re.search(pattern, word)]
    return (*fitting, *STRANGE)
