"""Tables of spend as advertising systems write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.kpi.domain.lines.cells import (
    DateOrder,
    amount_of,
    currency_of,
    day_of,
    order_of,
    point_of,
)
from services.kpi.domain.lines.tables import Form, Readers, Table, TableWish, Whole, read_table
from services.kpi.domain.spend.lines import SpendLine, name_of, require_amount

MAX_ROWS: Final = 50_000
_MOST_PREAMBLE: Final = 10  # lines above the columns' names: a title, a period
_SIGNS: Final = {"₽": "RUB", "руб": "RUB", "руб.": "RUB", "р.": "RUB", "$": "USD", "€": "EUR"}
_PUNCTUATION = re.compile(r"[\W_]+")
_TOTALS = re.compile(r"(итог|всего|total|grand total)", re.IGNORECASE)


def _is_total(row: Mapping[str, str], columns: Mapping[str, str]) -> bool:
    """Whether the row adds the others up: it has no day but such a word."""
    day = row.get(columns["day"], "")
    words = [day] if day else list(row.values())[:1]
    return any(_TOTALS.match(word) for word in words)


def _apart(name: str) -> tuple[str, str]:
    """A column's label, and what stands behind it in brackets or after a comma."""
    for sign in "(,":
        label, _, note = name.casefold().partition(sign)
        if note:
            return label, note.strip().rstrip(") ")
    return name.casefold(), ""


def _label(name: str) -> str:
    return _PUNCTUATION.sub(" ", _apart(name)[0]).strip()


SPEND: Final = Form(
    line=SpendLine,
    labels={
        "day": frozenset({"day", "date", "дата", "день", "report date", "reporting starts"}),
        "ad_channel": frozenset(
            {"channel", "ad channel", "utm source", "source", "platform", "канал",
             "рекламный канал", "источник", "рекламная система", "площадка"}
        ),
        "campaign": frozenset(
            {"campaign", "campaign name", "utm campaign", "кампания", "название кампании",
             "рекламная кампания"}
        ),
        "source": frozenset({"source key", "ключ источника"}),
        "amount": frozenset(
            {"amount", "cost", "spend", "spent", "amount spent", "расход", "расходы", "затраты",
             "стоимость", "сумма", "потрачено", "расход с ндс", "расход всего"}
        ),
        "currency": frozenset({"currency", "currency code", "валюта", "код валюты"}),
    },
    needed=("day", "amount"),
    place=lambda line: line.spend_id,
    twice=("day", "the same day and campaign stand above it"),
    label=_label,
    max_rows=MAX_ROWS,
    titles=_MOST_PREAMBLE,
    is_total=_is_total,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpendWish(TableWish):
    dates: DateOrder | None = None
    ad_channel: str = ""
    campaign: str = ""
    source: str = ""
    currency: str | None = None
    repeated: Literal["refuse", "add"] = "refuse"


def read_spend(text: str, wish: SpendWish) -> Table[SpendLine]:
    """The spend that a table tells of."""

    def readers(whole: Whole) -> Readers:
        point = wish.decimal or point_of(whole.cells("amount"))
        order = wish.dates or order_of(whole.cells("day"))
        currency = wish.currency or _headed_currency(whole.columns["amount"]) or ""
        return {
            "day": lambda cell: day_of(cell("day"), order),
            "amount": lambda cell: require_amount(amount_of(cell("amount"), point)),
            "currency": lambda cell: currency_of(cell("currency") or currency),
            "ad_channel": lambda cell: name_of(cell("ad_channel") or wish.ad_channel),
            "campaign": lambda cell: name_of(cell("campaign") or wish.campaign),
            "source_key": lambda cell: (cell("source") or wish.source).strip()[:64],
        }

    def merge(first: SpendLine, second: SpendLine) -> SpendLine | None:
        if wish.repeated == "refuse" or first.currency != second.currency:
            return None
        return second._replace(amount=first.amount + second.amount)

    return read_table(text, SPEND, wish.delimiter, readers, merge)


def _headed_currency(name: str) -> str | None:
    """The currency that the amount's column names behind its label, as in `Cost (USD)`."""
    note = _apart(name)[1]
    return _SIGNS.get(note) or (note.upper() if re.fullmatch("[a-z]{3}", note) else None)
