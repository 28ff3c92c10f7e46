"""Pictures of figures as SVG: bars and lines.

Drawn with presentation attributes alone: many mail programs take style sheets out. Whatever words
come from outside are escaped, and cut where they would leave their place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from html import escape
from typing import Final

WIDTH: Final = 480  # of every picture, in pixels; a phone shows it as wide as it is itself
MOST_BARS: Final = 15
MOST_POINTS: Final = 400
_BAR, _GAP, _TOP = 18, 8, 34  # heights
_NAME, _VALUE = 168, 100  # widths of what stands beside a bar
_PLOT, _EDGE, _FOOT = 160, 16, 24
_INK, _PALE, _BLUE = "#1f2933", "#616e7c", "#2f6fde"
_GROUND: Final = "#ffffff"  # of its own: a program may show what is around it dark
_FONT: Final = "Arial, Helvetica, sans-serif"
_LONGEST_NAME, _LONGEST_TITLE = 24, 70  # characters


class Kind(StrEnum):
    BARS = "bars"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Point:
    """A figure, None where there is none; `words` is how people read it."""

    name: str
    value: Decimal | None
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    kind: Kind
    points: Sequence[Point]

    def svg(self) -> str:
        """The picture, as an element that stands in a page."""
        return _bars(self) if self.kind is Kind.BARS else _line(self)


def _bars(chart: Chart) -> str:
    """In the order of the points; only the first ones have a place."""
    points = chart.points[:MOST_BARS]
    values = [point.value or Decimal(0) for point in points]
    low, high = min([Decimal(0), *values]), max([Decimal(0), *values])
    room = Decimal(WIDTH - _NAME - _VALUE)
    scale = room / (high - low) if high > low else Decimal(0)
    zero = _NAME - low * scale
    parts = []
    for number, (point, value) in enumerate(zip(points, values, strict=True)):
        top = _TOP + number * (_BAR + _GAP)
        begin, width = zero + min(Decimal(0), value) * scale, abs(value) * scale
        base = top + _BAR - 5
        parts += [
            _text(point.name, _NAME - 8, base, anchor="end", most=_LONGEST_NAME),
            (
                f'<rect x="{begin:.1f}" y="{top}" width="{max(width, Decimal(1)):.1f}"'
                f' height="{_BAR}" rx="2" fill="{_BLUE}"/>'
            ),
            _text(point.words, begin + width + 6, base, color=_PALE),
        ]
    return _picture(chart.title, _TOP + len(points) * (_BAR + _GAP), parts)


def _line(chart: Chart) -> str:
    points = chart.points[-MOST_POINTS:]
    values = [point.value for point in points if point.value is not None]
    low, high = min([Decimal(0), *values]), max([Decimal(0), *values])
    scale = _PLOT / (high - low) if high > low else Decimal(0)
    step = Decimal(WIDTH - 2 * _EDGE) / max(len(points) - 1, 1)
    base = _TOP + _PLOT + low * scale
    bottom = _TOP + _PLOT + _FOOT
    axis = (
        f'<line x1="{_EDGE}" y1="{base:.1f}" x2="{WIDTH - _EDGE}" y2="{base:.1f}"'
        f' stroke="{_PALE}" stroke-width="1"/>'
    )
    parts = [axis]
    for run in _runs(points):
        places = [
            f"{_EDGE + number * step:.1f},{base - value * scale:.1f}" for number, value in run
        ]
        parts.append(
            f'<polyline points="{" ".join(places)}" fill="none" stroke="{_BLUE}" stroke-width="2"/>'
        )
        parts += [
            f'<circle cx="{x}" cy="{y}" r="3" fill="{_BLUE}"/>'
            for x, y in (place.split(",") for place in places[-1:])
        ]
    if points:
        first, last = points[0], points[-1]
        parts.append(_text(f"{first.name}: {first.words}", _EDGE, bottom - 6, color=_PALE))
        if len(points) > 1:
            words = f"{last.name}: {last.words}"
            parts.append(_text(words, WIDTH - _EDGE, bottom - 6, anchor="end", color=_PALE))
    return _picture(chart.title, bottom, parts)


def _runs(points: Sequence[Point]) -> Iterator[list[tuple[int, Decimal]]]:
    """The numbers and values of points in a row: a line is broken where there is no figure."""
    run: list[tuple[int, Decimal]] = []
    for number, point in enumerate(points):
        if point.value is not None:
            run.append((number, point.value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _picture(title: str, height: int, parts: Sequence[str]) -> str:
    name = _clean(title, _LONGEST_TITLE)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" style="max-width:100%;height:auto" role="img"'
        f' font-family="{_FONT}" font-size="12">'
        f"<title>{name}</title>"
        f'<rect x="0" y="0" width="{WIDTH}" height="{height}" fill="{_GROUND}"/>'
        f'<text x="0" y="18" font-size="14" font-weight="bold" fill="{_INK}">{name}</text>'
        f"{''.join(parts)}</svg>"
    )


def _text(
    words: str,
    x: Decimal | int,
    y: int,
    *,
    anchor: str = "start",
    color: str = _INK,
    most: int = _LONGEST_TITLE,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="{color}">'
        f"{_clean(words, most)}</text>"
    )


def _clean(words: str, most: int) -> str:
    """On one line, without what XML has no place for, and escaped."""
    text = " ".join("".join(each for each in words if each.isprintable() or each == " ").split())
    return escape(text if len(text) <= most else text[: most - 1] + "…")
