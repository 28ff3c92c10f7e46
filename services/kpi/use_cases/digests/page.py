"""A report as people read it: a page of HTML for mail programs, and plain words.

Mail programs take style sheets out, and some take SVG: every picture has its table below.
Invariant: whatever is not of this module is escaped, so that no word becomes markup.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from services.kpi.use_cases.digests.parts import Glance, Part

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'"
)
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "ru": {
        "nothing": "Данных нет.",
        "more": "Ещё строк во вложениях: {}.",
        "more_alone": "Ещё строк: {}.",
        "left_out": "Не вошло самых малых групп: {}.",
        "foot": "Отчёт Leadflow составлен {}. Полные таблицы — во вложениях.",
        "foot_alone": "Отчёт Leadflow составлен {}.",
    },
    "en": {
        "nothing": "No data.",
        "more": "More rows in the files: {}.",
        "more_alone": "More rows: {}.",
        "left_out": "Smallest groups that are left out: {}.",
        "foot": "A report of Leadflow, made {}. Whole tables are attached.",
        "foot_alone": "A report of Leadflow, made {}.",
    },
}
_FONT: Final = "font-family:Arial,Helvetica,sans-serif"
_CELL: Final = "padding:6px 12px 6px 0;border-bottom:1px solid #e4e7eb;font-size:13px"
# A fixed layout is as wide as its window, so that a wide table scrolls within it on a phone.
_LAYOUT: Final = 'width="100%" cellpadding="0" cellspacing="0"'
_WIDE: Final = 'style="margin:0 0 12px;overflow-x:auto"'
_PAGE: Final = (
    '<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light">'
    '<meta name="supported-color-schemes" content="light">'
    "<title>{name}</title></head>"
    f'<body style="margin:0;padding:0;background:#f5f7fa;color:#1f2933;{_FONT}">'
    f'<table role="presentation" {_LAYOUT} style="table-layout:fixed"><tr>'
    '<td align="center" style="padding:8px">'
    f'<table role="presentation" {_LAYOUT} style="table-layout:fixed;max-width:648px;'
    'background:#ffffff"><tr><td style="padding:16px">'
    '<h1 style="font-size:22px;margin:0 0 8px">{name}</h1>{parts}'
    '<p style="color:#616e7c;font-size:12px;margin:24px 0 0">{foot}</p>'
    "</td></tr></table></td></tr></table></body></html>"
)


def page(name: str, parts: Sequence[Part], language: str, *, moment: str, has_files: bool) -> str:
    """The whole page; `moment` says when, in words."""
    return _PAGE.format(
        language=language,
        name=escape(name),
        parts="".join(_part(part, language, has_files=has_files) for part in parts),
        foot=escape(_foot(language, moment, has_files=has_files)),
    )


def plain(name: str, parts: Sequence[Part], language: str, *, moment: str, has_files: bool) -> str:
    """The same without markup, for those who read mail so."""
    lines = [name, ""]
    for part in parts:
        lines += [
            f"{part.title}, {part.days}".rstrip(", "),
            *_lines(part.glance, language, has_files=has_files),
            "",
        ]
    return "\n".join([*lines, _foot(language, moment, has_files=has_files)])


def _lines(glance: Glance, language: str, *, has_files: bool) -> Iterator[str]:
    if not glance.rows:
        yield _WORDS[language]["nothing"]
    totals = [glance.totals] if glance.totals else []
    for row in (*glance.rows, *totals):
        pairs = zip(glance.heading[1:], row[1:], strict=True)
        yield f"{row[0]}: {', '.join(f'{what} {value}' for what, value in pairs)}"
    yield from _omitted(glance, language, has_files=has_files)


def _omitted(glance: Glance, language: str, *, has_files: bool) -> Iterator[str]:
    """What is not seen at once, in words; files that nobody gets hold nothing."""
    more = "more" if has_files else "more_alone"
    for name, number in ((more, glance.more), ("left_out", glance.left_out)):
        if number:
            yield _WORDS[language][name].format(number)


def _part(part: Part, language: str, *, has_files: bool) -> str:
    days = f'<p style="color:#616e7c;font-size:13px;margin:0 0 12px">{escape(part.days)}</p>'
    picture = f"<div {_WIDE}>{part.chart.svg()}</div>" if part.chart else ""
    return (
        f'<h2 style="font-size:17px;margin:28px 0 2px">{escape(part.title)}</h2>'
        f"{days if part.days else ''}{picture}{_table(part.glance, language, has_files=has_files)}"
    )


def _table(glance: Glance, language: str, *, has_files: bool) -> str:
    words = _WORDS[language]
    if not glance.rows:
        return f'<p style="font-size:13px;margin:0">{escape(words["nothing"])}</p>'
    rows = [_row(row, "td") for row in glance.rows]
    if glance.totals:
        rows.append(_row(glance.totals, "th"))
    omitted = escape(" ".join(_omitted(glance, language, has_files=has_files)))
    return (
        f'<div style="overflow-x:auto"><table {_LAYOUT} style="border-collapse:collapse">'
        f"{_row(glance.heading, 'th')}{''.join(rows)}</table></div>"
        + (f'<p style="color:#616e7c;font-size:12px;margin:6px 0 0">{omitted}</p>' * bool(omitted))
    )


def _row(cells: Sequence[str], tag: str) -> str:
    """The name on the left, figures on the right."""
    return "<tr>{}</tr>".format(
        "".join(
            f'<{tag} align="{"right" if place else "left"}" style="{_style(cell)}">'
            f"{escape(cell)}</{tag}>"
            for place, cell in enumerate(cells)
        )
    )


def _style(cell: str) -> str:
    """Days and numbers stand on one line: they would be broken at their hyphens and signs."""
    return _CELL if any(map(str.isalpha, cell)) else f"{_CELL};white-space:nowrap"


def _foot(language: str, moment: str, *, has_files: bool) -> str:
    return _WORDS[language]["foot" if has_files else "foot_alone"].format(moment)
