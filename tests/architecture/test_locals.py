"""Locals, parameters, fields and modules are named by what they are, never by a participle that
tells how the value came.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.tree import PRODUCT, SERVICES, parsed, python, shown

# An area is added once it is clean, and stays.
AREAS = ("shared", "services", "deploy")
PARTICIPLES = frozenset(
    {
        "asked", "born", "called", "found", "given", "got", "heard", "kept", "known", "left",
        "made", "met", "read", "said", "seen", "sent", "shown", "taken", "told", "tried",
        "wanted", "wished",
    }
)  # fmt: skip
# A function that is handed over is named by a verb, and this is one.
VERBS = frozenset({"read"})


def _is_participle(name: str) -> bool:
    return name.strip("_").lower() in PARTICIPLES


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
        if not name.isupper() and _is_participle(name)
    ]


def _refused_parameters(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for item in _parameters(node.args):
                if _is_participle(item.arg) and item.arg not in VERBS:
                    yield f"{node.name}({item.arg})", item.lineno


def _fields(tree: ast.AST) -> Iterator[tuple[ast.ClassDef, str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    yield node, item.target.id, item.lineno


def _is_record(node: ast.ClassDef) -> bool:
    """A dataclass or a named tuple; members of other classes are those of contracts and answers."""
    words = [ast.unparse(item) for item in (*node.bases, *node.decorator_list)]
    return any(word == "NamedTuple" or word.startswith("dataclass") for word in words)


def _members_of_answers(area: str) -> frozenset[str]:
    """What is released keeps its name, and records that are answered with may have it as well."""
    return frozenset(
        name
        for path in python(area)
        for node, name, _ in _fields(parsed(path))
        if not _is_record(node)
    )


def _refused_fields(tree: ast.AST, members: frozenset[str]) -> Iterator[tuple[str, int]]:
    for node, name, line in _fields(tree):
        if _is_record(node) and _is_participle(name) and name not in VERBS | members:
            yield f"{node.name}.{name}", line


@pytest.mark.parametrize("area", AREAS)
def test_no_local_is_a_participle(area: str) -> None:
    lines = [
        f"{shown(path)}:{line}: {name}"
        for path in python(area)
        for name, line in _refused(parsed(path))
    ]

    assert lines == [], "name what it is: receipt, params, rows_by_id"


@pytest.mark.parametrize("area", PRODUCT)
def test_no_parameter_is_a_participle(area: str) -> None:
    lines = [
        f"{shown(path)}:{line}: {name}"
        for path in python(area)
        for name, line in _refused_parameters(parsed(path))
    ]

    assert lines == []


@pytest.mark.parametrize(
    "area", ["shared", "deploy", "benchmarks", *(f"services/{name}" for name in SERVICES)]
)
def test_no_field_of_a_record_is_a_participle(area: str) -> None:
    members = _members_of_answers(area)
    lines = [
        f"{shown(path)}:{line}: {name}"
        for path in python(area)
        for name, line in _refused_fields(parsed(path), members)
    ]

    assert lines == []


# A read, as the audit notes it; and the days that are kept of a report.
NOUNS = frozenset({"Read", "Kept"})


def test_no_module_and_no_class_is_a_participle() -> None:
    modules = [shown(path) for path in python(*PRODUCT) if _is_participle(path.stem)]
    classes = [
        f"{shown(path)}:{node.lineno}: {node.name}"
        for path in python(*PRODUCT)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and _is_participle(node.name) and node.name not in NOUNS
    ]

    assert (modules, classes) == ([], [])


@pytest.mark.parametrize(
    "code",
    [
        "def f(told): return told",
        "async def f(*, given=1): pass",
        "class A:\n    def f(self, _kept, /): pass",
        "def f():\n    def g(*wanted, **seen): pass",
    ],
)
def test_every_parameter_is_looked_at(code: str) -> None:
    assert list(_refused_parameters(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "class A(NamedTuple):\n    shown: int",
        "@dataclass(frozen=True)\nclass A:\n    known: int = 1",
    ],
)
def test_fields_of_records_are_looked_at(code: str) -> None:
    assert list(_refused_fields(ast.parse(code), frozenset()))
    assert not list(_refused_fields(ast.parse(code), frozenset({"shown", "known"})))


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
        "report.sent = 1",
        "_READ = 'SELECT 1'",
        "is_known, asked_at, found_rows = 1, 2, 3",
        "send(given=True)",
        "def f(read: Callable[[], None]): read()",
    ],
)
def test_contracts_and_longer_names_pass(code: str) -> None:
    assert not _refused(ast.parse(code))
    assert not list(_refused_parameters(ast.parse(code)))
    assert not list(_refused_fields(ast.parse(code), frozenset()))
