"""One customer's story as a page for people and printers: no script, nothing from elsewhere.

Invariant: whatever is not of this module is escaped, so that no word becomes markup.
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Final
from uuid import UUID

from services.history.domain.search.documents import Item, Part
from services.history.domain.story.details import details_of
from services.history.domain.story.sentences import actor_of, manager_of, reading_of, title_of
from services.history.domain.story.voice import Voice

LONGEST_TEXT = 20_000  # characters of an entry's words that are printed
_STYLE: Final = (
    "@page{size:A4;margin:16mm 14mm}*{box-sizing:border-box}"
    "body{font:10.5pt/1.45 system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;color:#1c2733;"
    "margin:0 auto;max-width:52rem;padding:1.5rem;background:#fff}"
    "header{border-bottom:2px solid #1c2733;padding-bottom:.75rem;margin-bottom:1rem}"
    "h1{font-size:1.6rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}"
    "h2{font-size:.85rem;text-transform:uppercase;letter-spacing:.06em;color:#5b6875;"
    "margin:1.75rem 0 .25rem;break-after:avoid}"
    "h3{font-size:1rem;margin:1.25rem 0 .25rem;border-bottom:1px solid #d5dbe1;"
    "padding-bottom:.2rem;break-after:avoid}"
    "p{margin:0}.note{color:#5b6875;font-size:.85em}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .9rem;margin:.5rem 0 0}"
    "dt{color:#5b6875}dd{margin:0;overflow-wrap:anywhere}"
    "article{display:grid;grid-template-columns:3.6rem 1fr;gap:.9rem;padding:.5rem 0;"
    "border-bottom:1px solid #eef1f4;break-inside:avoid}"
    "time{color:#5b6875;font-variant-numeric:tabular-nums}"
    ".what{display:flex;justify-content:space-between;gap:1rem}.what b{font-weight:600}"
    ".who{color:#5b6875;font-size:.85em;text-align:right;white-space:nowrap}"
    "h1,dd,td,.who,.words{unicode-bidi:isolate}"  # marks of direction end where a text ends
    ".words{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0;padding-left:.7rem;"
    "border-left:3px solid #c6d3e0}article.long{break-inside:auto}"
    "article dl{font-size:.88em;margin-top:.15rem}"
    "table{border-collapse:collapse;width:100%;font-size:.88em}"
    "th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #eef1f4;"
    "vertical-align:top;overflow-wrap:anywhere}th{color:#5b6875;font-weight:500}"
    "tr{break-inside:avoid}@media print{body{padding:0;max-width:none}}"
    "@media (max-width:32rem){article{grid-template-columns:1fr;gap:.1rem}.what{display:block}"
    ".who{display:block;text-align:left}dl{grid-template-columns:1fr}dd{margin-bottom:.25rem}}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"
_LONG = 1_200  # characters; a longer entry may be broken between pages
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "ru": {
        "title": "История клиента", "unnamed": "Клиент без имени", "phones": "Телефон",
        "emails": "Почта", "companies": "Компания", "also": "Также",
        "merged": "Карточек объединено", "made": "Составлено", "times": "часовой пояс",
        "leads": "Лиды", "lead": "Лид",
        "manager": "Менеджер", "into": "Объединён с", "reads": "Кто смотрел данные клиента",
        "when": "Когда", "who": "Кто", "what": "Что", "cut": "Показаны не все события.",
        "nothing": "Событий нет.", "nobody": "никто",
    },
    "en": {
        "title": "Customer's story", "unnamed": "Customer without a name", "phones": "Phone",
        "emails": "E-mail", "companies": "Company", "also": "Also",
        "merged": "Contacts merged", "made": "Made", "times": "time zone",
        "leads": "Leads", "lead": "Lead",
        "manager": "Manager", "into": "Merged into", "reads": "Who looked at the customer's data",
        "when": "When", "who": "Who", "what": "What", "cut": "Not all events are shown.",
        "nothing": "There are no events.", "nobody": "nobody",
    },
}  # fmt: skip


class Page:
    """Writes the page piece by piece, since a story may be long. Where the person has several of
    the `leads`, they are numbered as they come, and what is of one says so.
    """

    def __init__(self, voice: Voice, leads: Collection[UUID]) -> None:
        self._voice = voice
        self._words = _WORDS[voice.language]
        self._leads = frozenset(leads)
        self._numbers: dict[UUID, int] = {}
        self._day = ""

    def head(
        self, names: Sequence[str], points: Iterable[tuple[str, Sequence[str]]], made_at: datetime
    ) -> str:
        """Its beginning; `points` are pairs of a label (phones, emails, companies, merged) and
        what is listed under it.
        """
        words = self._words
        name = names[0] if names else words["unnamed"]
        rows = [(words[label], values) for label, values in [("also", names[1:]), *points]]
        moment = f"{words['made']} {self._voice.moment(made_at)}"
        zone = f"{words['times']} {self._voice.zone.key}"
        return (
            f'<!doctype html><html lang="{self._voice.language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{_text(words['title'])}: {_text(name)}</title><style>{_STYLE}</style></head>"
            f'<body><header><p class="note">{_text(words["title"])}</p><h1>{_text(name)}</h1>'
            f'<p class="note">{_text(moment)} ({_text(zone)})</p>'
            f"{_list((label, ', '.join(values)) for label, values in rows if values)}"
            "</header><main>"
        )

    def items(self, items: Sequence[Item]) -> str:
        """Items in their order, under the day on which each happened."""
        return "".join(self._item(item) for item in items)

    def leads(self, leads: Sequence[tuple[UUID, UUID | None, UUID | None]]) -> str:
        """Triples of lead, manager and the lead that it was merged into."""
        words = self._words
        rows = sorted(
            (
                self._number(lead),
                manager_of(manager, self._voice) or words["nobody"],
                "" if into is None else self._lead(into),
            )
            for lead, manager, into in leads
        )
        return _table(
            words["leads"],
            (words["lead"], words["manager"], words["into"]),
            [(str(number), manager, into) for number, manager, into in rows],
        )

    def reads(self, reads: Sequence[tuple[datetime, str, str]]) -> str:
        """Triples of when, who and what was looked at."""
        words = self._words
        rows = [
            (self._voice.moment(at), actor_of(actor, self._voice), reading_of(what, self._voice))
            for at, actor, what in reads
        ]
        return _table(words["reads"], (words["when"], words["who"], words["what"]), rows)

    def note(self, *, is_cut: bool) -> str:
        """What is to be said behind the items: that there are none, or not all of them."""
        note = self._words["cut"] if is_cut else "" if self._day else self._words["nothing"]
        return f"<p>{_text(note)}</p>" if note else ""

    def end(self) -> str:
        return "</main></body></html>"

    def _item(self, item: Item) -> str:
        day = self._voice.date(item.at)
        heading = "" if day == self._day else f"<h3>{_text(day)}</h3>"
        self._day = day
        details = details_of(item, self._voice)
        words = (item.text or "")[:LONGEST_TEXT]
        length = len(words) + sum(len(part.text) for part in details)
        return (
            f"{heading}<article{' class=long' if length > _LONG else ''}>"
            f"<time>{_text(self._voice.time(item.at))}</time><div>"
            f'<p class="what"><b>{_text(title_of(item, self._voice))}</b>'
            f'<span class="who">{_text(self._who(item))}</span></p>'
            f"{f'<p class=words>{_text(words)}</p>' if words else ''}"
            f"{_list(_merged(details))}</div></article>"
        )

    def _who(self, item: Item) -> str:
        who = actor_of(item.actor, self._voice)
        if item.lead_id is None or len(self._leads) < 2:
            return who
        return f"{who} · {self._lead(item.lead_id)}"

    def _lead(self, lead_id: UUID) -> str:
        return f"{self._words['lead'].lower()} {self._number(lead_id)}"

    def _number(self, lead_id: UUID) -> int:
        return self._numbers.setdefault(lead_id, len(self._numbers) + 1)


def _merged(details: Iterable[Part]) -> Iterable[tuple[str, str]]:
    """One row for each label."""
    values: dict[str, list[str]] = {}
    for part in details:
        values.setdefault(part.label, []).append(part.text)
    return ((label, ", ".join(texts)) for label, texts in values.items())


def _list(rows: Iterable[tuple[str, str]]) -> str:
    pairs = "".join(f"<dt>{_text(label)}</dt><dd>{_text(value)}</dd>" for label, value in rows)
    return f"<dl>{pairs}</dl>" if pairs else ""


def _table(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    names = "".join(f"<th>{_text(name)}</th>" for name in heading)
    lines = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f"<h2>{_text(title)}</h2><table><thead><tr>{names}</tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )


def _text(text: str) -> str:
    return escape("".join(letter for letter in text if letter >= " " or letter in "\n\t"))
