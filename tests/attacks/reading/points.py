"""Mischief against the readers of numbers, addresses and the labels they stand under."""

from uuid import UUID

from services.intake.channels.parsing import (
    emails,
    escapes,
    own_points,
    phone_chains,
    phone_numbers,
    phone_search,
    phone_words,
    phones,
    signs,
    unlabelled,
)
from services.intake.domain import label_parts
from services.intake.domain.requests import SourceView
from tests.attacks.reading.row import Hostile, Row, between, flood, rows
from tests.attacks.reading.words import LABELS, TEXTS

ADDRESSES: dict[str, Hostile] = {
    **TEXTS,
    "dots": between("a", ".a", "@b.example"),
    "a long domain": between("a@", "b.", "example"),
    "names in angles": flood("a <b> "),
    "the longest of another alphabet": lambda n: f"я@{'ж.' * (min(n, 248) // 2)}рф",
}
NUMBERS: dict[str, Hostile] = {
    **TEXTS,
    "extensions": flood("8 495 010-20-40 доб. "),
    "words for extensions": flood("доб. "),
    "short groups": flood("9 "),
    "dots and digits": flood("1.1."),
    "dates": flood("12.03.2024 "),
    "halves of dates": flood("12.03."),
    "times": flood("10:15:"),
    "pages": flood("https://"),
    "chats": flood("wa.me/7"),
    "dots of addresses": between("a@", "b."),
    "letters and dots": flood("a."),
    "accounts": flood("ИНН "),
    "letters for digits": flood("A"),
    "open brackets": flood("["),
    "spaced dashes": flood("9 - "),
    "tabs": flood("9\t"),
}
SIGNS: dict[str, Hostile] = {
    **TEXTS,
    "exotic digits": flood("٣"),
    "exotic spaces": flood("\u2009"),
    "dotted letters": flood("İ"),
}
SHOP = SourceView(
    source_id=UUID(int=1),
    key="shop",
    adapter="tilda",
    own_numbers=("+74950102040",),
    own_addresses=("shop.example",),
)

POINTS: tuple[Row, ...] = (
    *rows(phones.is_hidden, TEXTS),
    *rows(phones.e164, TEXTS, read=lambda text: phones.e164(text, "RU")),
    *rows(phones.several, TEXTS, read=lambda text: phones.several(text, "RU", most=100)),
    *rows(phones.alone, TEXTS, read=lambda text: phones.alone(text, "RU")),
    *rows(phones.mentions, NUMBERS, read=lambda text: phones.mentions(text, "RU")),
    *rows(phones.in_text, TEXTS, read=lambda text: phones.in_text(text, "RU")),
    *rows(phone_search.search, NUMBERS, read=lambda text: phone_search.search(text, "DE")),
    *rows(phone_numbers.read, NUMBERS, read=lambda text: phone_numbers.read(text, "US")),
    *rows(phone_numbers.is_mobile, {"one": lambda _: "+79160102031"}),
    *rows(phone_numbers.vanity, NUMBERS, read=lambda text: phone_numbers.vanity(text, "US")),
    *rows(phone_chains.chains, NUMBERS, read=lambda text: list(phone_chains.chains(text))),
    *rows(phone_words.without_other_figures, NUMBERS),
    *rows(signs.visible, SIGNS),
    *rows(signs.visible_with_places, SIGNS),
    *rows(signs.lowered, SIGNS),
    *rows(signs.is_composed, SIGNS),
    *rows(escapes.unescaped, {"entities": flood("&amp;"), "half entities": flood("&#"), **TEXTS}),
    *rows(own_points.is_own_number, TEXTS, read=lambda t: own_points.is_own_number(t, SHOP)),
    *rows(own_points.is_own_address, ADDRESSES, read=lambda t: own_points.is_own_address(t, SHOP)),
    *rows(emails.address, ADDRESSES),
    *rows(emails.several, ADDRESSES, read=lambda text: emails.several(text, most=100)),
    *rows(
        unlabelled.only_point,
        {"values": lambda n: {f"data[{number}]": "+7916010" for number in range(n // 20)}},
        read=lambda tree: unlabelled.only_point("phone", tree, "RU"),
    ),
    *rows(label_parts.is_meaningless, LABELS),
    *rows(label_parts.meaning, LABELS, read=lambda text: label_parts.meaning(text, {})),
)
