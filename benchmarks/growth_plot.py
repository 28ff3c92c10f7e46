"""Lines and plot of `benchmarks/growth.py`."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT, MARGIN = 640, 320, 60


class Point(NamedTuple):
    """With so many facts or entries stored; µs of CPU an event, and an entry's sealing; blocks that
    an event looks at, those that are read for it, and pages that are written whole.
    """

    service: str
    rows: int
    python: float
    postgres: float
    sealing: float
    blocks: float
    read_blocks: float
    whole: float


def line_of(point: Point) -> str:
    """Its figures in columns of twelve."""
    costs = (point.python, point.postgres, point.sealing)
    work = (point.blocks, point.read_blocks, point.whole)
    return "".join([*(f"{cost:>12.0f}" for cost in costs), *(f"{each:>12.1f}" for each in work)])


def plot(points: Sequence[Point]) -> str:
    """CPU an event over the number of stored rows, which grows by powers, as an SVG."""
    highest = max(point.python + point.postgres for point in points) or 1
    sizes = sorted({point.rows for point in points})
    step = (WIDTH - 2 * MARGIN) / max(1, len(sizes) - 1)
    lines = []
    for service in dict.fromkeys(point.service for point in points):
        own = [point for point in points if point.service == service]
        places = [
            (
                MARGIN + step * sizes.index(point.rows),
                HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (point.python + point.postgres) / highest,
            )
            for point in own
        ]
        dots = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
        labels = "".join(
            f'<text x="{x:.0f}" y="{y - 8:.0f}" text-anchor="middle">'
            f"{service} {point.python + point.postgres:.0f}</text>"
            f'<text x="{x:.0f}" y="{HEIGHT - 30}" text-anchor="middle">{point.rows}</text>'
            for (x, y), point in zip(places, own, strict=True)
        )
        lines.append(f'<polyline points="{dots}" fill="none" stroke="black"/>{labels}')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="12"><text x="{MARGIN}" y="20">CPU an event, µs, by'
        f" rows stored</text>{''.join(lines)}</svg>\n"
    )
