"""CPU time of a process and all that it started, told apart by program.

Linux only: /proc. What an ended child has used counts with the parent that has reaped it.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

PROC: Final = Path("/proc")
TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
PROGRAMS: Final = {"postgres": "postgres", "java": "broker"}  # whatever else there is, is ours


class Usage(NamedTuple):
    """CPU seconds."""

    python: float = 0.0
    postgres: float = 0.0
    broker: float = 0.0

    def since(self, before: "Usage") -> "Usage":
        return Usage(*(now - then for now, then in zip(self, before, strict=True)))


@dataclass(frozen=True, slots=True)
class ProcessTimes:
    """One line of the process table; CPU time in seconds."""

    parent: int
    name: str
    own: float
    reaped: float
    threads: int


def read_stat(line: str) -> ProcessTimes:
    """`/proc/<pid>/stat`: the name stands in brackets and may itself hold brackets and blanks."""
    begin, end = line.index("("), line.rindex(")")
    fields = line[end + 2 :].split()
    user, system, reaped_user, reaped_system = map(int, fields[11:15])
    return ProcessTimes(
        parent=int(fields[1]),
        name=line[begin + 1 : end],
        own=(user + system) / TICKS_PER_SECOND,
        reaped=(reaped_user + reaped_system) / TICKS_PER_SECOND,
        threads=int(fields[17]),
    )


def family(root: int, parents: Mapping[int, int]) -> set[int]:
    """`root` and all its descendants; `parents` gives each process's parent."""
    members = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in members} - members
        if not more:
            return members
        members |= more


def sum_up(processes: Iterable[ProcessTimes]) -> Usage:
    seconds = {"python": 0.0, "postgres": 0.0, "broker": 0.0}
    for process in processes:
        seconds[PROGRAMS.get(process.name, "python")] += process.own + process.reaped
    return Usage(**seconds)


def usage_of(root: int) -> Usage:
    """What `root` and everything below it have used so far."""
    table = _process_table()
    members = family(root, {pid: process.parent for pid, process in table.items()})
    return sum_up(process for pid, process in table.items() if pid in members)


def _process_table() -> dict[int, ProcessTimes]:
    table = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            try:
                table[int(folder.name)] = _precise(folder)
            except OSError:
                continue  # it has ended meanwhile
    return table


def _precise(folder: Path) -> ProcessTimes:
    """Ticks are 10 ms. The scheduler's nanoseconds are better, but count one thread only."""
    process = read_stat((folder / "stat").read_text(encoding="utf-8", errors="replace"))
    if process.threads != 1:
        return process
    try:
        nanoseconds = int((folder / "schedstat").read_text(encoding="ascii").split()[0])
    except OSError:
        return process  # a kernel without scheduler statistics
    return ProcessTimes(
        process.parent, process.name, nanoseconds / 1e9, process.reaped, process.threads
    )
