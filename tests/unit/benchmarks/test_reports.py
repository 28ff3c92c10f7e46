"""Figures: quantiles, the lines of the tables, and what is divided by what."""

import math

import pytest

from benchmarks.accounting import Usage
from benchmarks.intake_door import line_of as door_line
from benchmarks.report import (
    HEADING,
    Phase,
    idle_line,
    line_of,
    machine_line,
    put_off_line,
    quantile,
)
from benchmarks.stages import Cost, rounds_for, summary, table


def test_quantiles() -> None:
    hundred = [float(number) for number in range(100)]

    assert quantile(hundred, 0.5) == 50
    assert quantile(hundred, 0.99) == 99
    assert quantile([3.0], 0.99) == 3
    assert math.isnan(quantile([], 0.5))


def test_a_phase_is_a_line_under_the_heading() -> None:
    phase = Phase(
        title="embedded 100/s",
        leads=200,
        door=(1.25, 9.5),
        waits=[0.010] * 190 + [0.050] * 10,
        seconds=4.0,
        usage=Usage(python=1.0, postgres=0.5),
        generator=0.02,
    )

    cells = line_of(phase).split()

    assert cells[:10] == ["embedded", "100/s", "200", "1.2", "/", "9.5", "10.0", "/", "50.0", "50"]
    assert cells[10:] == ["5.00", "2.50", "-", "0.10"]
    assert len(line_of(phase)) == len(HEADING)


def test_the_floor_has_neither_door_nor_generator() -> None:
    phase = Phase("floor burst", 10, None, [0.001] * 10, 1.0, Usage(0.01, 0.02))

    assert line_of(phase).split() == (
        ["floor", "burst", "10", "-", "1.0", "/", "1.0", "10", "1.00", "2.00", "-", "-"]
    )


def test_idling_is_a_share_of_a_core() -> None:
    line = idle_line("kafka", Usage(0.3, 0.15, 0.6), 84, seconds=30.0)

    assert "Python 1.00 % + PostgreSQL 0.50 % + broker 2.00 % of a core, 2.8 commits/s" in line


def test_the_machine_and_the_commit_are_named() -> None:
    assert "commit " in machine_line()


def test_a_server_is_judged_by_its_own_cpu() -> None:
    shot = {"per_second": 900.0, "per_cpu_second": 3000.0, "p50_ms": 1.0, "p99_ms": 2.0, "cpu": 0.1}

    assert "900 /s     3000 per CPU second  x2.00" in door_line("door", [shot] * 3, echo=1500.0)


@pytest.mark.parametrize(("batch", "rounds"), [(1, 40), (10, 40), (100, 20), (500, 4), (5000, 4)])
def test_small_batches_are_repeated_more_often(batch: int, rounds: int) -> None:
    assert rounds_for(batch) == rounds


def test_stages_are_summed_up() -> None:
    costs = [
        Cost(0.01, 0.002, 0.001, 3, 1),
        Cost(0.02, 0.004, 0.003, 3, 1),
        Cost(9, 0, 0.002, 4, 1),
    ]

    one = summary(costs)
    lines = table(10, {"ingest": one, "assign": one})

    assert one == pytest.approx(Cost(0.02, 0.002, 0.002, 3, 1))
    assert lines[1].split() == ["ingest", "20.0", "0.200", "0.200", "3", "1"]
    assert lines[-1].split() == ["together", "40.0", "0.400", "0.400", "6", "2"]


def test_what_was_put_off_is_shown_for_each_lead() -> None:
    line = put_off_line("embedded", Usage(python=2.0, postgres=3.0), 5_000)
    assert "Python 0.40 + PostgreSQL 0.60 ms of CPU for each of 5000 leads" in line
