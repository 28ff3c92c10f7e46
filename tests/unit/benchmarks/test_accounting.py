"""CPU time is told apart by program, and what ended children have used is not lost."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks.accounting import (
    TICKS_PER_SECOND,
    ProcessTimes,
    Usage,
    family,
    read_stat,
    sum_up,
    usage_of,
)

SPIN = "import time\nwhile time.process_time() < 0.2: pass"


def stat_line(name: str, *, user: int, system: int, reaped: int, threads: int) -> str:
    tail = f"0 0 0 0 0 0 0 0 0 {user} {system} {reaped} {reaped} 20 0 {threads} 0 4711"
    return f"42 ({name}) S 7 {tail}\n"


@pytest.mark.parametrize("name", ["postgres", "tmux: server", "a) S 9 (b", ""])
def test_a_line_of_the_process_table_is_read_whatever_the_name(name: str) -> None:
    ticks = TICKS_PER_SECOND

    process = read_stat(stat_line(name, user=2 * ticks, system=ticks, reaped=5 * ticks, threads=3))

    assert process == ProcessTimes(parent=7, name=name, own=3.0, reaped=10.0, threads=3)


def test_a_family_is_the_root_and_all_below_it() -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 21: 20}

    assert family(10, parents) == {10, 11, 12}
    assert family(1, parents) == {1, 10, 11, 12, 20, 21}


def test_programs_are_told_apart() -> None:
    def process(name: str, own: float, reaped: float = 0.0) -> ProcessTimes:
        return ProcessTimes(1, name, own, reaped, 1)

    usage = sum_up(
        [
            process("python", 1.0),
            process("python3.11", 2.0, reaped=0.5),
            process("postgres", 4.0, reaped=0.25),
            process("postgres", 8.0),
            process("java", 16.0),
        ]
    )

    assert usage == Usage(python=3.5, postgres=12.25, broker=16.0)
    assert usage.since(Usage(0.5, 2.0, 6.0)) == Usage(3.0, 10.25, 10.0)


def test_work_of_ours_and_of_a_child_that_has_ended_is_counted() -> None:
    began, before = time.process_time(), usage_of(os.getpid())
    while time.process_time() < began + 0.1:
        pass
    own = usage_of(os.getpid()).since(before)
    subprocess.run([sys.executable, "-S", "-c", SPIN], check=True)
    both = usage_of(os.getpid()).since(before)

    tick = 2 / TICKS_PER_SECOND
    assert own.python >= 0.1 - tick
    assert both.python >= own.python + 0.2 - tick
