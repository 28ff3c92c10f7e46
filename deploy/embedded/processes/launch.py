"""Turns itself into another program: drops root, ties its life to its parent, then execs.

Standard library only and run by path (`python -I -S launch.py SPEC COMMAND…`), so that no code
runs between fork and exec in a process that has threads. Credentials change before the death
signal is set, since a change of credentials clears it.
"""

import contextlib
import ctypes
import json
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522
CANNOT_ENTER = 77
PARENT_IS_GONE = 78


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _prctl(libc: ctypes.CDLL, *arguments: int) -> None:
    words = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[1:5]]
    if libc.prctl(arguments[0], *words) != 0:
        raise OSError(ctypes.get_errno(), "prctl was refused")


def _keep_only_read_and_search(libc: ctypes.CDLL) -> None:
    """The one capability that lets an unprivileged user pass folders only root may enter."""
    bit = 1 << CAP_DAC_READ_SEARCH
    header = _Header(CAPABILITY_VERSION_3, 0)
    data = (_Data * 2)(_Data(bit, bit, bit), _Data(0, 0, 0))
    if libc.capset(ctypes.byref(header), data) != 0:
        raise OSError(ctypes.get_errno(), "capset was refused")
    _prctl(libc, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH)


def _become(uid: int, gid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is not None:
        _prctl(libc, PR_SET_KEEPCAPS, 1)
        # access(2) forgets the capabilities of whoever is not root unless this bit is set, and
        # PostgreSQL's programs look for each other by access(2).
        with contextlib.suppress(OSError):
            _prctl(libc, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc is not None:
        # Refused in containers that lack the capability: then only open folders will do,
        # and `_first_closed_folder` names the one that is not.
        with contextlib.suppress(OSError):
            _keep_only_read_and_search(libc)


def _die_with_parent(signal_number: int) -> None:
    if sys.platform == "linux":
        _prctl(ctypes.CDLL(None, use_errno=True), PR_SET_PDEATHSIG, signal_number)


def _first_closed_folder(paths: list[str]) -> str | None:
    for path in paths:
        for folder in reversed((Path(path), *Path(path).parents)):
            try:
                # Not access(2): it ignores capabilities unless the real user is root.
                os.stat(f"{folder}/.")  # noqa: PTH116 (pathlib drops the dot)
            except OSError:
                return str(folder)
    return None


def main() -> None:
    """`SPEC` is JSON: `parent` pid, `signal` number, `user` [uid, gid] or null, `enter` folders."""
    spec, command = json.loads(sys.argv[1]), sys.argv[2:]
    if spec["user"] is not None:
        _become(*spec["user"])
    _die_with_parent(spec["signal"])
    if os.getppid() != spec["parent"]:
        sys.exit(PARENT_IS_GONE)
    closed = _first_closed_folder(spec["enter"])
    if closed is not None:
        print(closed, file=sys.stderr)
        sys.exit(CANNOT_ENTER)
    try:
        os.execv(command[0], command)  # noqa: S606 (this is what the helper is for)
    except OSError as refusal:
        print(f"{command[0]}: {refusal.strerror}", file=sys.stderr)
        sys.exit(CANNOT_ENTER)


if __name__ == "__main__":
    main()
