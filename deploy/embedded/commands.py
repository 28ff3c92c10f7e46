"""What each command of the launcher does with its arguments."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from deploy.embedded.environment import ROOT
from deploy.embedded.options import Options
from deploy.embedded.probe import all_ready
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import (
    Folder,
    Mode,
    choose_folder,
    is_running,
    read_state,
    read_status,
    remove,
    take_lock,
)
from shared.clock import system_clock


def _folder(arguments: argparse.Namespace) -> Folder:
    return choose_folder(arguments.data, environment=os.environ, root=ROOT)


def _up(arguments: argparse.Namespace) -> int:
    from deploy.embedded.up import up  # noqa: PLC0415 (it loads what starts the servers)

    mode: Mode = "kafka" if arguments.kafka else "embedded"
    if arguments.smtp:
        os.environ["LEADFLOW_SMTP_ADDRESS"] = arguments.smtp
    return up(Options(_folder(arguments), arguments.port, mode, arguments.sample))


def _status(arguments: argparse.Namespace) -> int:
    """0 when ready, 1 when not."""
    folder = _folder(arguments)
    status = read_status(folder)
    # The file may be older than the truth: on a full disk it cannot be written.
    if status["ready"]:
        status["ready"] = all_ready(read_state(folder).get("health", []))
    if arguments.json:
        print(json.dumps(status))
    elif not is_running(folder):
        print(f"nothing runs on {folder.path}: start it by ./leadflow up")
    else:
        print(f"{status['url']}  {'ready' if status['ready'] else 'NOT READY'}")
        for process in status["processes"]:
            since = process["up_since"] or "down"
            print(
                f"  {process['name']:<15} pid {process['pid'] or '-':<8} "
                f"restarts {process['restarts']:<3} since {since}"
            )
    return 0 if status["ready"] else 1


def _doctor(arguments: argparse.Namespace) -> int:
    from deploy.embedded.operations import doctor  # noqa: PLC0415 (each command loads what it needs)

    findings = asyncio.run(
        doctor.examine(_folder(arguments), port=arguments.port, clock=system_clock)
    )
    for finding in findings:
        print(finding.line())
    return 0 if all(finding.well for finding in findings) else 1


def _token(arguments: argparse.Namespace) -> int:
    from deploy.embedded.preparation import renew_tokens  # noqa: PLC0415 (as above)
    from shared.minting import command  # noqa: PLC0415 (as above)

    folder = _folder(arguments)
    if not folder.keys.exists():
        raise LauncherError(f"no keys in {folder.path} yet: run ./leadflow up once")
    command.run(arguments, folder.mint, now=system_clock(), say=print)
    if arguments.action in {"rotate", "revoke"}:
        # The tokens of the launcher and the services may have been ended just now.
        renew_tokens(folder, clock=system_clock)
        print(f"{folder.admin_token} is good")
    return 0


def _sources(arguments: argparse.Namespace) -> int:
    from deploy.embedded.operations import sources  # noqa: PLC0415 (as above)

    return sources.run(_folder(arguments), arguments)


def _import(arguments: argparse.Namespace) -> int:
    from deploy.embedded.operations import imports  # noqa: PLC0415 (as above)

    return imports.run(_folder(arguments), arguments)


def _simulate(arguments: argparse.Namespace) -> int:
    from deploy.embedded.operations import simulate  # noqa: PLC0415 (as above)

    return simulate.run(_folder(arguments), arguments)


def _rotate_sealing(arguments: argparse.Namespace) -> int:
    from shared.sealing import rotate_sealing_keys  # noqa: PLC0415 (as above)

    folder = _folder(arguments)
    rotate_sealing_keys(folder.sealing_keys)
    print("a new key seals from now on; intake seals what it holds anew within a minute of running")
    return 0


def _psql(arguments: argparse.Namespace) -> int:
    from deploy.embedded.postgres.server import PrivatePostgres  # noqa: PLC0415 (as above)

    folder = _folder(arguments)
    if not is_running(folder):
        raise LauncherError(f"nothing runs on {folder.path}: start it by ./leadflow up")
    postgres = PrivatePostgres(folder.postgres)
    program = str(postgres.programs / "psql")
    environment = {**os.environ, **postgres.tool_environment(), "LC_ALL": "C.UTF-8"}
    sys.stdout.flush()
    os.execve(program, [program, arguments.service, *arguments.arguments], environment)  # noqa: S606 (we become psql)


def _backup(arguments: argparse.Namespace) -> int:
    from deploy.embedded.operations.backup import back_up  # noqa: PLC0415 (as above)

    keys = back_up(_folder(arguments), arguments.file, clock=system_clock)
    print(f"{arguments.file} holds the data, {keys} the keys and sources: keep them apart from it")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from deploy.embedded.operations.backup import restore  # noqa: PLC0415 (as above)

    folder = _folder(arguments)
    restore(folder, arguments.file, with_keys=not arguments.without_keys)
    print(f"{folder.path} is filled; start it by ./leadflow up --data {folder.path}")
    return 0


def _rebuild(arguments: argparse.Namespace) -> int:
    from deploy.embedded.operations import rebuild  # noqa: PLC0415 (as above)

    return rebuild.run(_folder(arguments), arguments.service, only_compare=arguments.check)


def _reset(arguments: argparse.Namespace) -> int:
    folder = _folder(arguments)
    if not folder.path.exists():
        print(f"there is nothing in {folder.path}")
        return 0
    lock = take_lock(folder)
    try:
        if not arguments.yes and not _agreed(folder.path):
            print("nothing was removed")
            return 1
        remove(folder)
    finally:
        lock.release()
    print(f"{folder.path} is empty again")
    return 0


def _agreed(path: Path) -> bool:
    try:
        answer = input(f"remove all leads, inquiries and keys in {path}? Type yes: ")
    except EOFError:
        return False
    return answer.strip().lower() == "yes"


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = MappingProxyType(
    {
        "up": _up,
        "status": _status,
        "doctor": _doctor,
        "token": _token,
        "sources": _sources,
        "import": _import,
        "simulate": _simulate,
        "rotate-sealing": _rotate_sealing,
        "psql": _psql,
        "backup": _backup,
        "restore": _restore,
        "rebuild": _rebuild,
        "reset": _reset,
    }
)
