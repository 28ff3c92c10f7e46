"""Released schemas may only grow optional fields: an old listener must understand a new speaker.

`python -m tests.contract.growth` writes new snapshots, and refuses to write a broken promise.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.envelope import Event

FOLDER = Path(__file__).resolve().parent / "schemas"
# Words for people; they bind nobody.
SILENT = {"title", "description", "default", "examples", "$defs"}

Schema = Mapping[str, Any]


def schema_of(event: type[Event]) -> dict[str, Any]:
    """What a listener demands of a payload."""
    return event.model_json_schema(mode="validation")


def text_of(event: type[Event]) -> str:
    return json.dumps(schema_of(event), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def breaks(released: Schema, current: Schema) -> list[str]:
    """How the current schema breaks what the released one promised; empty when it only grew."""
    return list(_breaks(released, current, released, current, "$"))


def _breaks(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str
) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if "properties" in old or "properties" in new:
        yield from _breaks_of_object(old, new, old_root, new_root, where)
    for word in sorted((old.keys() | new.keys()) - SILENT - {"properties", "required", "$ref"}):
        before, after = old.get(word), new.get(word)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _breaks(before, after, old_root, new_root, f"{where}.{word}")
        elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                if isinstance(one, Mapping) and isinstance(other, Mapping):
                    yield from _breaks(one, other, old_root, new_root, f"{where}.{word}[{index}]")
                elif one != other:
                    yield f"{where}: {word} was {one}, is {other}"
        elif before != after:
            yield f"{where}: {word} was {before}, is {after}"


def _breaks_of_object(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str
) -> Iterator[str]:
    before: Schema = old.get("properties", {})
    after: Schema = new.get("properties", {})
    for name in sorted(before.keys() - after.keys()):
        yield f"{where}.{name}: the field is gone"
    was, must = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(must - was):
        yield f"{where}.{name}: required now"
    for name in sorted(was - must):
        yield f"{where}.{name}: no longer sure to be there"
    for name in sorted(before.keys() & after.keys()):
        yield from _breaks(before[name], after[name], old_root, new_root, f"{where}.{name}")


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].removeprefix("#/$defs/")
    found: Schema = root["$defs"][name]
    return found


def main() -> int:
    """Write the snapshots that only grew; exit 1 when one would break a promise."""
    refused = 0
    for wire_name, event in EVENT_BY_TYPE.items():
        path = FOLDER / f"{wire_name}.json"
        broken = breaks(json.loads(path.read_text()), schema_of(event)) if path.exists() else []
        for line in broken:
            sys.stderr.write(f"{wire_name} {line}\n")
        if broken:
            refused += 1
        else:
            path.write_text(text_of(event), encoding="utf-8")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
