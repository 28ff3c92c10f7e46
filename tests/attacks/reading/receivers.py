"""What receivers of webhooks answer: the beginning of a body, and a wish to wait."""

from datetime import UTC, datetime

from shared.web import standard_webhooks as webhooks
from tests.attacks.reading.row import Row, as_bytes, between, flood, rows

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_ANSWERS = {
    "nearly a phone": flood("+7 (9) 9-"),
    "digits": flood("9"),
    "nearly an address": flood("a@"),
    "no address": flood("a"),
    "hidden words": flood("our-word"),
    "nearly hidden": flood("our-wor"),
    "control characters": flood("\x00"),
}

RECEIVERS: tuple[Row, ...] = (
    *rows(
        webhooks.excerpt,
        {name: as_bytes(hostile) for name, hostile in _ANSWERS.items()},
        read=lambda body: webhooks.excerpt(body, hidden=["our-word"]),
    ),
    *rows(
        webhooks.wish,
        {
            "digits": flood("9"),
            "a date": between("Mon, ", "1 ", " GMT"),
            "brackets": flood("("),
            "commas": flood(","),
        },
        read=lambda header: webhooks.wish(header, now=NOW),
    ),
)
