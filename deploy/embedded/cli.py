"""The command line: the commands, and which module runs each. An error is one line, code 1."""

import argparse
import io
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.embedded.environment import SERVICES
from deploy.embedded.operations import simulate_arguments, source_arguments
from deploy.embedded.processes.children import LauncherError
from shared.errors import ServiceError
from shared.minting import command as tokens

LAST_PORT = 65535


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LAST_PORT):
        raise argparse.ArgumentTypeError(f"{text} is not a port (1 to {LAST_PORT})")
    return int(text)


def _address(text: str) -> str:
    host, separator, port = text.rpartition(":")
    if not (host and separator):
        raise argparse.ArgumentTypeError(f"{text} is not HOST:PORT, such as 0.0.0.0:2525")
    _port(port)
    return text


def parser() -> argparse.ArgumentParser:
    return _parsers()[0]


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The one for all words, and by name those of the commands."""
    root = argparse.ArgumentParser(
        prog="leadflow", description="Every inquiry is kept, owned, remembered and counted once."
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help_line: str) -> argparse.ArgumentParser:
        child = commands.add_parser(name, help=help_line, description=help_line)
        child.add_argument("--data", help="the data folder (LEADFLOW_DATA, else .leadflow)")
        return child

    _add_up(command("up", "start everything on this machine"))
    status = command("status", "what runs")
    status.add_argument("--json", action="store_true", help="for programs")
    doctor = command("doctor", "look at ports, disk, PostgreSQL, Kafka and the clock")
    doctor.add_argument("--port", type=_port, default=8080, help="look at this one (8080)")
    tokens.add_arguments(command("token", "mint, list or revoke tokens, or rotate the signing key"))
    source_arguments.add_arguments(command("sources", "list, add, test or rotate the ways in"))
    source_arguments.add_import_arguments(command("import", "a table of contacts into a source"))
    simulate_arguments.add_arguments(
        command("simulate", "play recorded or invented days through a policy")
    )
    command("rotate-sealing", "seal sources' and webhooks' secrets with a new key from now on")
    psql = command("psql", "open a service's database")
    psql.add_argument("service", choices=SERVICES)
    psql.add_argument("arguments", nargs=argparse.REMAINDER, help="for psql itself")
    backup = command("backup", "write all data to FILE, and the keys to FILE.keys")
    backup.add_argument("file", type=Path)
    restore = command("restore", "fill an empty data folder from a backup")
    restore.add_argument("file", type=Path)
    restore.add_argument("--without-keys", action="store_true", help="when FILE.keys is lost")
    rebuild = command("rebuild", "make a projection anew from the events of the others")
    rebuild.add_argument("service", choices=("history", "kpi"))
    rebuild.add_argument(
        "--check", action="store_true", help="kpi: only compare with fresh tables, change nothing"
    )
    reset = command("reset", "remove all data of this folder")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    _add_test(commands.add_parser("test", help="lint, types, import contracts and the whole suite"))
    commands.add_parser("demo", help="a day in the life of an invented company")
    return root, commands.choices


def _add_up(up: argparse.ArgumentParser) -> None:
    up.add_argument("--port", type=_port, default=8080, help="where it answers (8080)")
    up.add_argument("--sample", action="store_true", help="load an invented company, no leads")
    up.add_argument("--kafka", action="store_true", help="run on Apache Kafka, a process per part")
    up.add_argument(
        "--smtp",
        type=_address,
        metavar="HOST:PORT",
        help="take mails there, such as 0.0.0.0:2525",
    )


def _add_test(test: argparse.ArgumentParser) -> None:
    """For `--help` alone: what stands behind `test` is handed on as it is."""
    test.description = "Lint, types, import contracts and the whole suite."
    test.add_argument(
        "--sabotage",
        nargs="*",
        metavar="NAME",
        help="instead: take each mechanism out (or those of the names) and see its test fail",
    )
    test.add_argument(
        "arguments",
        nargs="*",
        help="for pytest: paths, -k WORDS, -n 0 for one process (`pytest --help` lists them)",
    )


def _in_its_place(arguments: Sequence[str]) -> list[str]:
    """`--data DIR`, wherever it stands before a `--`, right behind the command, which reads it.

    Behind the service of `psql`, and behind what `sources` and `token` do, it is meant as well.
    """
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    words, rest = list(arguments[:end]), list(arguments[end:])
    if words[:1] == ["test"]:
        return [*words, *rest]
    data: list[str] = []
    other: list[str] = []
    while words:
        word = words.pop(0)
        if word.startswith("--data="):
            data.append(word)
        elif word == "--data" and words:
            data.append(f"{word}={words.pop(0)}")
        else:
            other.append(word)
    return [*other[:1], *data, *other[1:], *rest]


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Exits with the usage of the command, and names those that have an option that it has not."""
    root, commands = _parsers()
    first = arguments[0].partition("=")[0] if arguments else ""
    if _owners(first, commands):
        root.error(f"{first} stands before the command: ./leadflow COMMAND {first} ...")
    options, unknown = root.parse_known_args(arguments)
    if unknown:
        name = unknown[0].partition("=")[0]
        owners = ", ".join(_owners(name, commands))
        hint = f" ({name} is an option of {owners})" if owners else ""
        commands[options.command].error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    return options


def _owners(option: str, commands: Mapping[str, argparse.ArgumentParser]) -> list[str]:
    return [
        name
        for name, command in commands.items()
        if option not in {"-h", "--help"}
        and option in re.findall(r"--?[a-z][a-z-]*", command.format_usage())
    ]


def run(arguments: Sequence[str]) -> int:
    arguments = _in_its_place(arguments)
    # `test` and `demo` have arguments of their own, handed on as they are.
    if arguments[:1] == ["test"] and not {"-h", "--help"} & set(arguments):
        from deploy.embedded.operations import check  # noqa: PLC0415 (each command loads what it needs)

        rest = [word for word in arguments[1:] if word != "--sabotage"]
        return check.test(rest, sabotage="--sabotage" in arguments)
    if arguments[:1] == ["demo"]:
        from deploy.embedded import demo  # noqa: PLC0415 (as above)

        return int(demo.main(list(arguments[1:])) or 0)
    from deploy.embedded import commands  # noqa: PLC0415 (as above)

    options = _parse(arguments)
    return commands.COMMANDS[options.command](options)


def main(arguments: Sequence[str] | None = None) -> int:
    _spell_what_cannot_be_encoded()
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except (LauncherError, ServiceError) as failure:
        print(f"leadflow: {failure}", file=sys.stderr, flush=True)
        return 1
    except BrokenPipeError:
        # The reader of our output has gone: flushing the rest at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
    except OSError as failure:
        # A file that is a folder, a full disk: what a person can put right, by its name.
        words = f"{failure.filename}: {failure.strerror}" if failure.filename else str(failure)
        print(f"leadflow: {words}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _spell_what_cannot_be_encoded() -> None:
    """A terminal of another alphabet shows escapes instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
