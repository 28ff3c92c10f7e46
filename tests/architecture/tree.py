"""The files of the repository as the architecture tests see them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "routing", "history", "kpi")
PRODUCT = ("services", "shared", "deploy", "benchmarks")
# What tools and the running system leave behind; never part of the repository.
LEFT_BEHIND = {
    ".venv", ".git", ".bootstrap", ".leadflow", "__pycache__", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".hypothesis", ".import_linter_cache", "node_modules",
}  # fmt: skip


def files(*folders: str) -> Iterator[Path]:
    """Every file below the folders of the repository, or below its root."""
    for folder in folders or (".",):
        yield from _below(ROOT / folder)


def _below(path: Path) -> Iterator[Path]:
    if path.is_symlink() or path.name in LEFT_BEHIND:
        return
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            yield from _below(inner)
    elif path.is_file():
        yield path


def python(*folders: str) -> list[Path]:
    found = [path for path in files(*folders) if path.suffix == ".py"]
    return [*found, ROOT / "leadflow"] if not folders else found


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
