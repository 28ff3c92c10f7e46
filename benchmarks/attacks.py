"""How long others wait at the door before and during each attack, side by side in one run.

`python -m benchmarks.attacks [NAME …]` starts a Leadflow of its own. The attacker has the lowest
priority, for a real one works elsewhere; each attack is repeated until some hundred others were
answered. With TMPDIR in memory the disk takes no part.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.attacks.bystanders import Answer, Bystanders
from tests.support.door_attacks import BODIES, CONNECTIONS, HEADS, SOURCES, Attack, Statuses
from tests.support.stack import ROOT, Stack

ATTACKS = {**HEADS, **BODIES, **CONNECTIONS}
HEADINGS = ("before p50", "p99", "during p50", "p99", "x", "refused", "told")


def quantile(answers: Sequence[Answer], part: float) -> float:
    """Seconds; 0 when there is nothing."""
    waits = sorted(answer.seconds for answer in answers)
    return waits[min(len(waits) - 1, int(part * len(waits)))] if waits else 0.0


async def attacked(attack: Attack, url: str, *, seconds: float) -> Statuses:
    """Again and again for so long; what the attackers were told."""
    statuses = Statuses()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        statuses += await attack(url)
    return statuses


async def attacked_from_elsewhere(name: str, url: str, *, seconds: float) -> Mapping[str, int]:
    """The same by a process of the lowest priority; statuses as text."""
    words = [name, "--against", url, "--seconds", str(seconds)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "benchmarks.attacks", *words,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    written, _ = await process.communicate()
    counts: Mapping[str, int] = json.loads(written)
    return counts


async def measure(stack: Stack, names: Sequence[str], seconds: float) -> None:
    async with stack.client() as client:
        for source in SOURCES:
            (await client.post("/intake/v1/sources", json=source)).raise_for_status()
        await client.get("/intake/openapi.json")  # written once, at its first asking
    print(f"{'milliseconds':<36}" + "".join(f"{heading:>12}" for heading in HEADINGS))
    for name in names:
        async with Bystanders(stack, calm_seconds=seconds) as others:
            async with others.watching(name):
                statuses = await attacked_from_elsewhere(name, stack.url, seconds=seconds)
            await others.finish()
        before, during = others.before(), others.attacks[0].of(others.answers)
        refused = sum(answer.status != 202 for answer in during)
        figures = [
            1000 * quantile(answers, part) for answers in (before, during) for part in (0.5, 0.99)
        ]
        ratio = figures[3] / figures[1] if figures[1] else 0.0
        cells = [f"{figure:.1f}" for figure in figures] + [f"{ratio:.1f}", str(refused)]
        print(f"{name:<36}" + "".join(f"{cell:>12}" for cell in cells), statuses, flush=True)


async def main(names: Sequence[str], seconds: float) -> None:
    folder = Path(tempfile.mkdtemp(prefix="lf-attacks-"))
    stack = Stack(data=folder / "state", arguments=["--sample"])
    stack.launch()
    try:
        await stack.ready(seconds=90)
        await measure(stack, names or list(ATTACKS), seconds)
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.attacks",
        description="How long others wait at the door before and during each attack.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ATTACKS))
    parser.add_argument(
        "--seconds",
        type=float,
        default=10.0,
        help="before, and of each attack at least (%(default)s)",
    )
    parser.add_argument("--against", metavar="URL", help="only attack what runs there")
    return parser


if __name__ == "__main__":
    arguments = new_parser().parse_args()
    if arguments.against:
        os.nice(19)
        (one,) = arguments.names
        statuses = asyncio.run(attacked(ATTACKS[one], arguments.against, seconds=arguments.seconds))
        print(json.dumps(statuses))
    else:
        asyncio.run(main(arguments.names, arguments.seconds))
