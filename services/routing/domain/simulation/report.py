"""Figures as a table for people, and as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.routing.domain.lead import MILLI
from services.routing.domain.simulation.cases import TIERS
from services.routing.domain.simulation.figures import Figures
from services.routing.domain.simulation.wording import WORDS, duration

Words = Mapping[str, str]
_Cell = Callable[[Figures, Words], str]
_GAP = "  "


def _whole(name: str) -> _Cell:
    return lambda figures, _: f"{getattr(figures, name):,.0f}".replace(",", " ")


def _time(name: str) -> _Cell:
    return lambda figures, words: duration(getattr(figures, name), words)


def _index(name: str) -> _Cell:
    return lambda figures, _: f"{getattr(figures, name):.3f}"


def _tiers(figures: Figures, words: Words) -> str:  # noqa: ARG001  the form of all cells
    return " / ".join(str(figures.tiers.get(tier, 0)) for tier in TIERS)


ROWS: tuple[tuple[str, _Cell], ...] = (
    ("leads", _whole("leads")),
    ("closed", _whole("closed")),
    ("untouched", _whole("untouched")),
    ("business_p50", _time("business_p50")),
    ("business_p95", _time("business_p95")),
    ("wait_p50", _time("wait_p50")),
    ("wait_p95", _time("wait_p95")),
    ("accept_breaches", _whole("accept_breaches")),
    ("touch_breaches", _whole("touch_breaches")),
    ("over_capacity_minutes", _whole("over_capacity_minutes")),
    ("fairness_at_work", _index("fairness_at_work")),
    ("fairness", _index("fairness")),
    ("hand_overs", _whole("hand_overs")),
    ("parked_minutes", _whole("parked_minutes")),
    ("tiers", _tiers),
)


def table(runs: Sequence[Figures], *, language: str) -> str:
    """One column per run, one line per figure; all runs are of one scenario."""
    words = WORDS[language]
    head = [f"{words['company']}: {runs[0].company}", *(words[run.algorithm] for run in runs)]
    lines = [[words[name], *(cell(run, words) for run in runs)] for name, cell in ROWS]
    return _aligned([head, *lines])


def markdown(runs: Sequence[Figures], *, language: str) -> str:
    """The same table for a page."""
    words = WORDS[language]
    head = [runs[0].company, *(words[run.algorithm] for run in runs)]
    lines = [[words[name], *(cell(run, words) for run in runs)] for name, cell in ROWS]
    rows = [head, ["---", *("---:" for _ in runs)], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def share_table(run: Figures, *, language: str) -> str:
    """What each manager got, beside what was due to them, in shares of all."""
    words = WORDS[language]
    received = sum(share.units_milli for share in run.shares) or 1
    due = sum(share.due_milli for share in run.shares) or 1
    head = [words[name] for name in ("manager", "leads", "units", "share", "due", "over")]
    lines = [
        [
            share.name,
            str(share.leads),
            f"{share.units_milli / MILLI:.1f}",
            f"{100 * share.units_milli / received:.1f} %",
            f"{100 * share.due_milli / due:.1f} %",
            f"{share.over_minutes:.0f}",
        ]
        for share in run.shares
    ]
    return _aligned([head, *lines])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        _GAP.join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def record(run: Figures) -> dict[str, Any]:
    """The figures as JSON; waits of single leads are left out."""
    return {name: value for name, value in asdict(run).items() if name != "waits"}
