"""A local is named by what it is, never by a participle that tells how its value came."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.tree import parsed, python, shown

# An area is added once it is clean, and stays.
AREAS = ("shared", "services", "deploy")
PARTICIPLES = frozenset(
    {
        "asked", "born", "called", "found", "given", "got", "heard", "kept", "known", "left",
        "made", "met", "read", "said", "seen", "sent", "shown", "taken", "told", "tried",
        "wanted", "wished",
    }
)  # fmt: skip


def _assigned(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name that is given a value below the node, with its line; not the members of classes,
    which are columns, JSON members or attributes, and not the parameters of functions.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.ClassDef) and isinstance(child, ast.Assign | ast.AnnAssign):
            continue
        match child:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, child.lineno
            case ast.ExceptHandler(name=str(name)):
                yield name, child.lineno
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, child.lineno
            case ast.MatchMapping(rest=str(name)):
                yield name, child.lineno
            case ast.Lambda(args=arguments):
                yield from ((item.arg, child.lineno) for item in _parameters(arguments))
        yield from _assigned(child)


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (item for item in (arguments.vararg, arguments.kwarg) if item is not None)


def _refused(tree: ast.AST) -> list[tuple[str, int]]:
    # Names in capitals are constants, mostly statements of SQL, whose verb may look the same.
    return [
        (name, line)
        for name, line in _assigned(tree)
        if not name.isupper() and name.strip("_").lower() in PARTICIPLES
    ]


@pytest.mark.parametrize("area", AREAS)
def test_no_local_is_a_participle(area: str) -> None:
    lines = [
        f"{shown(path)}:{line}: {name}"
        for path in python(area)
        for name, line in _refused(parsed(path))
    ]

    assert lines == [], "name what it is: receipt, params, rows_by_id"


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "found: int = 1",
        "found += 1",
        "_told = 1",
        "Sent = list[int]",
        "first, (*kept, last) = rows",
        "for asked in rows: pass",
        "async def f():\n    async for asked in rows: pass",
        "with open(path) as made: pass",
        "if (got := next(rows)): pass",
        "[seen for seen in rows]",
        "{taken: 1 for taken, _ in rows}",
        "sum(heard for heard in rows)",
        "sort(key=lambda known: known.id)",
        "lambda *read, **left: 0",
        "try: pass\nexcept ValueError as met: pass",
        "match row:\n    case [shown, *wanted]: pass",
        "match row:\n    case {'id': 1, **given}: pass",
        "class A:\n    def f(self):\n        tried = 1",
    ],
)
def test_every_way_of_assigning_is_looked_at(code: str) -> None:
    assert _refused(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "class Consent:\n    given: bool\n    kept = 0",
        "def f(told): return told",
        "report.sent = 1",
        "_READ = 'SELECT 1'",
        "is_known, asked_at, found_rows = 1, 2, 3",
        "send(given=True)",
    ],
)
def test_contracts_and_longer_names_pass(code: str) -> None:
    assert not _refused(ast.parse(code))
