"""Figures as lines of a table, the same for the product and for the floor."""

import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accounting import Usage

HEADING = (
    f"{'':<22}{'leads':>6}  {'door p50/p99 ms':>16}  {'assigned p50/p99 ms':>20}"
    f"  {'leads/s':>8}  {'CPU per lead, ms: Python PostgreSQL broker generator':>52}"
)
NOTHING = "-"


def quantile(values: Sequence[float], part: float) -> float:
    """Of sorted values: the one below which `part` of them lie; nan when there are none."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


@dataclass(frozen=True, slots=True)
class Phase:
    """What was measured while `leads` went all the way.

    `door` are p50 and p99 of an acknowledgement, where there is a door. `waits` are seconds from
    the submission's commit to its assignment's commit, sorted. `seconds` reach from the first
    submission until all four services had everything. `generator` is CPU seconds.
    """

    title: str
    leads: int
    door: tuple[float, float] | None
    waits: Sequence[float]
    seconds: float
    usage: Usage
    generator: float | None = None


def line_of(phase: Phase) -> str:
    door = NOTHING if phase.door is None else f"{phase.door[0]:.1f} / {phase.door[1]:.1f}"
    p50, p99 = (1000 * quantile(phase.waits, part) for part in (0.5, 0.99))
    python, postgres, broker = (_per_lead(phase, seconds) for seconds in phase.usage)
    generator = NOTHING if phase.generator is None else _per_lead(phase, phase.generator)
    return (
        f"{phase.title:<22}{phase.leads:>6}  {door:>16}  {f'{p50:.1f} / {p99:.1f}':>20}"
        f"  {phase.leads / phase.seconds:>8.0f}"
        f"  {python:>24}{postgres:>11}{broker:>7}{generator:>10}"
    )


def _per_lead(phase: Phase, seconds: float) -> str:
    return f"{1000 * seconds / phase.leads:.2f}" if seconds else NOTHING


def put_off_line(title: str, usage: Usage, leads: int) -> str:
    """What was done after the last phase for the leads of all phases."""
    python, postgres = (1000 * each / leads for each in (usage.python, usage.postgres))
    return (
        f"{title:<22}put off until after the burst: Python {python:.2f} + PostgreSQL {postgres:.2f}"
        f" ms of CPU for each of {leads} leads"
    )


def idle_line(title: str, usage: Usage, commits: int, *, seconds: float) -> str:
    """`commits` are those of all databases together."""
    share = [100 * each / seconds for each in usage]
    broker = f" + broker {share[2]:.2f} %" if usage.broker else ""
    return (
        f"{title:<22}idle {seconds:.0f} s: Python {share[0]:.2f} % + PostgreSQL {share[1]:.2f} %"
        f"{broker} of a core, {commits / seconds:.1f} commits/s"
    )


def machine_line() -> str:
    """The processor, as Linux names it, and the commit that is measured."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    name = models[0] if models else platform.machine()
    return f"{len(models)} x {name}, Python {platform.python_version()}, commit {_commit()}"


def _commit() -> str:
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or "unknown"
