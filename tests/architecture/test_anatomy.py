"""A service is the same words each time: it may lack one, never invent one."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import PRODUCT, ROOT, SERVICES, parsed, python, shown

WORDS = {
    "settings", "domain", "tables", "repository", "use_cases", "schemas", "routes", "handlers",
    "service", "__main__", "__init__", "migrations",
}  # fmt: skip
OWN_WORDS = {"intake": {"api", "channels"}}
BANNED = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc", "models"}
TOP = {
    ".ci", ".dockerignore", ".env.example", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md",
    "DECISIONS.md", "LICENSE", "README.md", "benchmarks", "deploy", "docker-compose.yml", "docs",
    "leadflow", "pyproject.toml", "services", "shared", "tests", "uv.lock",
}  # fmt: skip
MODULE_LINES = 250
FUNCTION_LINES = 40
DOCSTRING_LINES = 4
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# A declaration of one thing after the other, with nothing to follow but its lines.
DECLARATIONS = {
    "services/routing/migrations/versions/0001_initial.py",
    "shared/observability/metrics.py",
    "tests/architecture/personal_columns.py",
    "tests/unit/intake/providers/telephony.py",
}
TABLES = {("shared/observability/metrics.py", "__init__")}


def _words_of(service: str) -> set[str]:
    folder = ROOT / "services" / service
    return {path.stem for path in folder.iterdir() if path.name != "__pycache__"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_common_words_only(service: str) -> None:
    words = _words_of(service)

    assert words <= WORDS | OWN_WORDS.get(service, set())
    assert words >= WORDS - {"handlers"}
    for word in words:
        as_file = (ROOT / "services" / service / f"{word}.py").exists()
        as_package = (ROOT / "services" / service / word).is_dir()
        assert as_file != as_package, f"{word} is a file or a package, not both"


def test_the_top_of_the_tree_is_closed() -> None:
    here = {path.name for path in (ROOT).iterdir()}
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}

    assert here - ignored - {".git"} <= TOP
    assert here >= TOP


@pytest.mark.parametrize("path", python(), ids=shown)
def test_a_module_is_short_and_its_name_says_something(path: Path) -> None:
    assert path.stem not in BANNED
    assert not BANNED & set(path.relative_to(ROOT).parts[:-1])
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if shown(path) in DECLARATIONS:
        return
    assert lines <= MODULE_LINES, f"{lines} lines"


@pytest.mark.parametrize("path", python(*PRODUCT), ids=shown)
def test_a_function_fits_a_screen(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, FUNCTIONS) and (shown(path), node.name) not in TABLES:
            lines = _lines(node)
            assert lines <= FUNCTION_LINES, f"{node.name}: {lines} lines"


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of the body: its docstring is prose, and inner functions count for themselves."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    lines = (function.end_lineno or 0) - body[0].lineno + 1
    inner = [node for node in body if isinstance(node, FUNCTIONS)]
    return lines - sum((node.end_lineno or 0) - node.lineno + 1 for node in inner)


@pytest.mark.parametrize("path", python(*PRODUCT, "tests"), ids=shown)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = parsed(path)
    if not tree.body or "versions" in path.parts:
        return
    told = ast.get_docstring(tree)
    assert told, "one to four lines of purpose"
    assert len(told.splitlines()) <= DOCSTRING_LINES + 1, "purpose and law, not an essay"


def test_a_docstring_does_not_repeat_the_name() -> None:
    for path in python(*PRODUCT):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                told = re.findall(r"[a-z]+", (ast.get_docstring(node) or "").lower())
                name = re.findall(r"[a-z]+", node.name.lower())
                assert not told or told != name, f"{shown(path)}: {node.name}"


def test_functions_not_service_or_repository_classes() -> None:
    for path in python("services"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                ending = re.search(r"(Service|Repository|Helper|Factory)$", node.name)
                assert not ending, f"{shown(path)}: {node.name}"
