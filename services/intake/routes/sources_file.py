"""The sources file: YAML in, validated sources out. Secrets may stand in the environment.

Invariant: a bad entry stops the start with an error that names its line.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
import yaml
from pydantic import ValidationError

from services.intake.routes.source_validation import check_source
from services.intake.schemas.sources import SourceIn
from services.intake.use_cases.sources import BUILT_IN_KEY, SourceWish
from shared.errors import InvalidError
from shared.validation import faults

log = structlog.get_logger()
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class SourcesFileError(InvalidError):
    """The file cannot be used; the message names the file and the line."""


def read_sources_file(
    path: Path | None, *, environment: Mapping[str, str], country: str, time_zone: str
) -> Sequence[SourceWish]:
    """The file's sources; none when no file is there. Raises SourcesFileError."""
    if path is None:
        return ()
    if not path.exists():
        log.info("sources.no_file", path=str(path))
        return ()
    entries = _entries(path)
    wishes: dict[str, SourceWish] = {}
    for node, entry in entries:
        body = _checked(path, node, entry, environment)
        line = node.start_mark.line + 1
        if body.key is None:
            raise _fault(path, line, "/key", "is required in the file")
        if body.key in wishes or body.key == BUILT_IN_KEY:
            at = _line_of(node, ["key"])
            raise _fault(path, at, "/key", "stands here twice, or is the built-in source's")
        wishes[body.key] = body.wish(key=None, country=country, time_zone=time_zone)
    return list(wishes.values())


def _entries(path: Path) -> list[tuple[yaml.Node, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise SourcesFileError(f"{path}: cannot be read ({type(error).__name__})") from None
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return []
        nodes = _listed(path, root)
        return [(node, loader.construct_object(node, deep=True)) for node in nodes]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SourcesFileError(f"{path}, line {line}: {error.problem or 'no YAML'}") from None
    except yaml.YAMLError:
        raise SourcesFileError(f"{path}, line 1: no YAML") from None
    finally:
        loader.dispose()


def _listed(path: Path, root: yaml.Node) -> list[yaml.Node]:
    """The entries: a list, bare or under `sources:`."""
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value != "sources":
                raise _fault(path, key.start_mark.line + 1, f"/{key.value}", "is not known here")
            root = value
    if isinstance(root, yaml.MappingNode) and not root.value:
        return []
    if isinstance(root, yaml.ScalarNode) and root.value == "":
        return []
    if not isinstance(root, yaml.SequenceNode):
        raise _fault(path, root.start_mark.line + 1, "", "a list of sources is expected")
    return list(root.value)


def _checked(path: Path, node: yaml.Node, entry: Any, environment: Mapping[str, str]) -> SourceIn:
    if not isinstance(entry, dict):
        raise _fault(path, node.start_mark.line + 1, "", "a source is a mapping")
    secrets = entry.get("secrets")
    if isinstance(secrets, dict):
        entry = {**entry, "secrets": _with_environment(path, node, secrets, environment)}
    try:
        body = SourceIn.model_validate(entry)
        check_source(body)
    except ValidationError as error:
        pointer, detail = faults(error.errors())[0]
        raise _fault(path, _line_of(node, _steps(pointer)), pointer, detail) from None
    except InvalidError as error:
        pointer, detail = error.errors[0]
        raise _fault(path, _line_of(node, _steps(pointer)), pointer, detail) from None
    return body


def _with_environment(
    path: Path, node: yaml.Node, secrets: Mapping[Any, Any], environment: Mapping[str, str]
) -> dict[Any, Any]:
    values = {}
    for name, value in secrets.items():
        values[name] = value
        if not isinstance(value, str):
            continue
        missing = [word for word in _VARIABLE.findall(value) if not environment.get(word)]
        if missing:
            line = _line_of(node, ["secrets", str(name)])
            raise _fault(path, line, f"/secrets/{name}", f"{missing[0]} is not in the environment")
        values[name] = _VARIABLE.sub(lambda match: environment[match.group(1)], value)
    return values


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _line_of(node: yaml.Node, steps: Sequence[str]) -> int:
    """The line of the member at fault, or of the nearest one around it."""
    line = int(node.start_mark.line) + 1
    for step in steps:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        member = next(((key, value) for key, value in pairs if key.value == step), None)
        if member is None:
            break
        line, node = int(member[0].start_mark.line) + 1, member[1]
    return line


def _fault(path: Path, line: int, pointer: str, detail: str) -> SourcesFileError:
    return SourcesFileError(f"{path}, line {line}: {pointer or 'the entry'} {detail}")
