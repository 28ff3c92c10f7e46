"""Figures as a drawing in SVG: waits over time, and each manager's share of the work."""

from collections.abc import Mapping, Sequence
from html import escape

from services.routing.domain.simulation.figures import Figures, percentile
from services.routing.domain.simulation.scenario import DAY, HOUR, SECOND
from services.routing.domain.simulation.wording import WORDS

NAMESPACE = "http://www.w3.org/2000/svg"
WIDTH, HEIGHT = 960, 700
LEFT, RIGHT = 60, 20
TOP, PANEL, BETWEEN = 70, 230, 90
COLOURS = ("#1b6ca8", "#d1495b", "#8a6d3b", "#6a4c93", "#5c6b73")
INK, PALE = "#22303c", "#d8dee3"
BUCKETS = 60
NAMED = 24  # beyond, names under bars would run into one another
TICKS = 4
_TEXT = "font-family='system-ui, sans-serif' font-size='12'"
Words = Mapping[str, str]


def drawing(runs: Sequence[Figures], *, end: int, language: str) -> str:
    """A whole SVG document; `end` is the end of the scenario in microseconds."""
    words = WORDS[language]
    parts = [
        f"<svg xmlns='{NAMESPACE}' width='{WIDTH}' height='{HEIGHT}' role='img'>",
        f"<title>{escape(runs[0].company)}</title>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        *_legend(runs, words),
        *_waits(runs, end, words),
        *_shares(runs, words),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, words: str, *, anchor: str = "start", weight: str = "400") -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' {_TEXT} fill='{INK}' text-anchor='{anchor}' "
        f"font-weight='{weight}'>{escape(words)}</text>"
    )


def _legend(runs: Sequence[Figures], words: Words) -> list[str]:
    parts = [_text(LEFT, 22, runs[0].company, weight="600")]
    step = (WIDTH - LEFT - RIGHT) / len(COLOURS)
    for place, run in enumerate(runs):
        x = LEFT + place * step
        parts.append(f"<rect x='{x:.1f}' y='34' width='12' height='12' fill='{COLOURS[place]}'/>")
        parts.append(_text(x + 18, 44, words[run.algorithm]))
    return parts


def _axis(top: float, highest: float, title: str) -> list[str]:
    """Horizontal lines with their values, and the panel's title above them."""
    parts = [_text(LEFT, top - 8, title, weight="600")]
    for tick in range(TICKS + 1):
        y = top + PANEL - PANEL * tick / TICKS
        parts.append(
            f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y:.1f}' y2='{y:.1f}' stroke='{PALE}'/>"
        )
        parts.append(_text(LEFT - 6, y + 4, _number(highest * tick / TICKS), anchor="end"))
    return parts


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u2009") if value >= 100 else f"{value:g}"


def nice(highest: float) -> float:
    """The next of 1, 2, 4, 8, 10 × a power of ten: whole quarters make readable ticks."""
    power = 1.0
    while power * 10 <= highest:
        power *= 10
    while power > highest > 0:
        power /= 10
    return next(step * power for step in (1, 2, 4, 8, 10, 20) if step * power >= highest)


def _bucket_size(end: int) -> int:
    """Whole hours or days, so many that there are not too many buckets."""
    for size in (HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY):
        if end / size <= BUCKETS:
            return size
    return DAY * -(-end // (DAY * BUCKETS))


def _series(run: Figures, size: int) -> list[tuple[int, float]]:
    """Bucket → the 95th percentile of its waits, in minutes."""
    buckets: dict[int, list[int]] = {}
    for at, wait in run.waits:
        buckets.setdefault(max(at, 0) // size, []).append(wait)
    return [
        (bucket, percentile(sorted(waits), 0.95) / SECOND / 60)
        for bucket, waits in sorted(buckets.items())
    ]


def _waits(runs: Sequence[Figures], end: int, words: Words) -> list[str]:
    size = _bucket_size(end)
    series = [_series(run, size) for run in runs]
    highest = nice(max((value for line in series for _, value in line), default=1.0) or 1.0)
    parts = _axis(TOP + 20, highest, f"{words['waits_title']}, p95")
    buckets = max(1, -(-end // size))
    width = WIDTH - LEFT - RIGHT
    # The first run is drawn last, so that it lies above the others.
    for place in reversed(range(len(runs))):
        points = " ".join(
            f"{LEFT + width * (bucket + 0.5) / buckets:.1f},"
            f"{TOP + 20 + PANEL - PANEL * value / highest:.1f}"
            for bucket, value in series[place]
        )
        parts.append(
            f"<polyline points='{points}' fill='none' stroke='{COLOURS[place]}' stroke-width='2'/>"
        )
    for day in range(0, -(-end // DAY) + 1, max(1, end // DAY // 14)):
        x = LEFT + width * day * DAY / (buckets * size)
        if x < WIDTH - 2 * RIGHT:
            parts.append(_text(x, TOP + PANEL + 38, f"{words['day']} {day}", anchor="middle"))
    return parts


def _shares(runs: Sequence[Figures], words: Words) -> list[str]:
    top = TOP + 20 + PANEL + BETWEEN
    shares = [_percents([share.units_milli for share in run.shares]) for run in runs]
    due = _percents([share.due_milli for share in runs[0].shares])
    highest = nice(max((value for line in [*shares, due] for value in line), default=1.0) or 1.0)
    parts = _axis(top, highest, words["shares_title"])
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(due))
    bar = slot * 0.8 / len(runs)
    for place, line in enumerate(shares):
        for agent, value in enumerate(line):
            height = PANEL * value / highest
            x = LEFT + slot * (agent + 0.1) + bar * place
            parts.append(
                f"<rect x='{x:.2f}' y='{top + PANEL - height:.1f}' width='{bar:.2f}' "
                f"height='{height:.1f}' fill='{COLOURS[place]}'/>"
            )
    for agent, value in enumerate(due):
        y = top + PANEL - PANEL * value / highest
        x = LEFT + slot * agent
        parts.append(
            f"<line x1='{x + slot * 0.04:.2f}' x2='{x + slot * 0.96:.2f}' y1='{y:.1f}' "
            f"y2='{y:.1f}' stroke='{INK}' stroke-width='2'/>"
        )
        if len(due) <= NAMED:
            name = runs[0].shares[agent].name[: max(2, int(slot / 7))]
            parts.append(_text(x + slot / 2, top + PANEL + 16, name, anchor="middle"))
    parts.append(_text(LEFT, top + PANEL + 36, f"—  {words['of_due']}"))
    return parts


def _percents(values: Sequence[float]) -> list[float]:
    total = sum(values) or 1
    return [100 * value / total for value in values]
