"""What is said of an event in the log is on the list of what may be said; else it is dropped."""

import ast
from collections.abc import Iterator

from shared.observability.logging import ALLOWED
from tests.architecture.tree import parsed, python, shown

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
OF_AN_ERROR = "exc_info"  # becomes its class and its place


def _words(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if (
                level in LEVELS
            ):
                yield from ((word.arg, node.lineno) for word in node.keywords if word.arg)


def test_every_word_of_a_log_call_is_written() -> None:
    dropped = [
        f"{shown(path)}:{line}: {word}"
        for path in python("shared", "services")
        for word, line in _words(parsed(path))
        if word not in ALLOWED and word != OF_AN_ERROR
    ]
    assert dropped == []


def test_a_word_that_is_not_on_the_list_is_seen() -> None:
    assert list(_words(ast.parse('log.info("x", customer=1)'))) == [("customer", 1)]
