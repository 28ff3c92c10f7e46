"""Nothing unfinished, nobody's machine and no secret lies in the tree."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import PRODUCT, ROOT, files, parsed, python, shown

# Spelt in pieces, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
A_HOME = re.compile(r"(?<![\w.])/(home|Use" + r"rs|ro" + r"ot|wo" + r"rk)/[\w.-]+")
A_HOST = re.compile(
    r"\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b(?!(?:\.\d{1,3})?/\d)|\b[\w-]+\.(?:lan|corp|internal)\b"
)
A_SECRET = re.compile(
    r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{36}\b"
)
TEXT = {
    ".py",
    ".md",
    ".yml",
    ".yaml",
    ".toml",
    ".sh",
    ".sql",
    ".json",
    ".html",
    ".env",
    ".mako",
    "",
}
# What providers really sent, kept as it came; and a lock full of digests.
AS_IT_CAME = ("tests/fixtures", "services/intake/channels/samples/", "uv.lock")
# The last one tells the broker how far we are, which commits nothing of ours.
COMMITS_ARE_MADE_IN = {
    "shared/database.py", "shared/migrations.py", "shared/messaging/log/kafka/subscription.py",
}  # fmt: skip
LEFT_OUT = {
    "pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.importorskip", "unittest.skip",
}  # fmt: skip
# A broad except swallows bugs: only a loop's last line of defence and the last answer may have one.
# Intake's door stands in front of the framework, so it is its own problem handler; its writer
# answers 503 to whoever waits, whatever the store has met, and goes on.
LAST_LINE_OF_DEFENCE = (
    "shared/",
    "services/intake/routes/ingest/endpoint.py",
    "services/intake/routes/ingest/group_commit.py",
    "services/intake/routes/ingest/lookups.py",
    # Each fetch is a task beside others, which go on whatever becomes of one.
    "services/intake/use_cases/fetch.py",
    "services/routing/use_cases/webhooks/sender.py",  # as above
    "services/kpi/use_cases/deliveries/tries.py",  # so are tries of reports and alerts
    # What a policy that acts on nothing cannot work out is counted and passed over.
    "services/routing/use_cases/pools/shadow.py",
    "services/history/use_cases/cards/refresh.py",  # one person's rows keep no others waiting
)


def _texts() -> list[Path]:
    return [
        path for path in files() if path.suffix in TEXT and not shown(path).startswith(AS_IT_CAME)
    ]


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (UNFINISHED, "unfinished work"),
        (A_HOME, "a path of somebody's machine"),
        (A_HOST, "a host of somebody's network"),
        (A_SECRET, "a secret"),
    ],
    ids=["unfinished", "paths", "hosts", "secrets"],
)
def test_the_tree_holds_none(pattern: re.Pattern[str], what: str) -> None:
    found = [
        f"{shown(path)}:{number}: {line.strip()[:90]}"
        for path in _texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]

    assert found == [], what


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (UNFINISHED, "# TO" + "DO later"),
        (A_HOME, "open('/ho" + "me/anna/keys')"),
        (A_HOST, "http://192.168" + ".1.20:8080"),
        (A_HOST, "http://10.0" + ".0.7/"),
        (A_HOST, "db1" + ".corp"),
        (A_SECRET, "AKIA" + "ABCDEFGHIJKLMNOP"),
    ],
)
def test_the_patterns_bite(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


def test_only_the_database_module_commits() -> None:
    for path in python("services", "shared"):
        if shown(path) in COMMITS_ARE_MADE_IN:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and node.attr == "commit":
                # A savepoint ends a part of a transaction, not the transaction.
                assert ast.unparse(node.value) == "savepoint", f"{shown(path)}:{node.lineno}"


def test_only_the_kernel_catches_everything() -> None:
    for path in python(*PRODUCT):
        if shown(path).startswith(LAST_LINE_OF_DEFENCE):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "everything"
                if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
                    continue  # it puts its things away and lets the error go on
                assert not re.search(r"\b(Base)?Exception\b|everything", caught), (
                    f"{shown(path)}:{node.lineno} catches {caught}"
                )


def _is_narrowed(handler: ast.ExceptHandler) -> bool:
    """Whether it begins by raising again what it is not for: `if not is_outage(error): raise`."""
    match handler.body[0]:
        case ast.If(body=[ast.Raise(exc=None)]):
            return True
    return False


def test_whoever_catches_everything_says_why() -> None:
    for path in python(*PRODUCT):
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(parsed(path)):
            match node:
                case ast.ExceptHandler(type=caught, body=[first, *_]) if not _is_narrowed(node):
                    name = ast.unparse(caught) if caught else "BaseException"
                    text = lines[node.lineno - 1 : first.lineno]
                case ast.Call(func=ast.Name(id="suppress"), args=[name_node, *_]):
                    name = ast.unparse(name_node)
                    text = lines[node.lineno - 1 : node.lineno]
                case _:
                    continue
            if name in {"Exception", "BaseException"}:
                assert any("#" in line for line in text), f"{shown(path)}:{node.lineno}: why?"


def test_no_test_is_ever_left_out() -> None:
    for path in python("tests"):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Attribute):
                continue
            name = ast.unparse(node)
            assert name not in LEFT_OUT, f"{shown(path)}:{node.lineno}: {name}"


def test_time_is_an_argument() -> None:
    clocks = {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
    for path in python("services"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in clocks, f"{shown(path)}:{node.lineno}"


def test_the_licence_is_there() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


# A moment of the sender's own is read with bounds of its own there.
MOMENTS_ARE_BOUNDED_IN = {"services/intake/schemas/inquiries.py", "shared/web/ranges.py"}


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in python("services", "shared/web")
        if {"routes", "schemas", "web"} & {*path.parts, path.stem}
    ],
    ids=shown,
)
def test_a_moment_from_outside_is_one_that_the_database_can_hold(path: Path) -> None:
    names = {node.id for node in ast.walk(parsed(path)) if isinstance(node, ast.Name)}
    assert "AwareDatetime" not in names or shown(path) in MOMENTS_ARE_BOUNDED_IN
