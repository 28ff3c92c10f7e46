"""A file of policies in YAML: one policy for all pools, or `pools:` with a policy by key.

It is what the API takes as a pool's policy, and is refused as there, with the field at fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.embedded.processes.children import LauncherError
from services.routing.domain.policies import Policy, policy_of
from services.routing.schemas.fields import Key
from services.routing.schemas.policies import PoolPolicy
from shared.validation import detail_of

LARGEST_BYTES = 1_048_576
DEEPEST = 32
_MOST_ERRORS = 10


class _ByPool(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pools: dict[Key, PoolPolicy]


@dataclass(frozen=True, slots=True)
class Policies:
    """`by_pool`, or one policy for `everywhere`."""

    everywhere: Policy | None
    by_pool: Mapping[str, Policy]


def read_policies(file: Path) -> Policies:
    """Raises LauncherError with the place and the field at fault, OSError."""
    with file.open("rb") as stream:
        content = stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise LauncherError(f"{file} is larger than {LARGEST_BYTES} bytes")
    document = _document(content, file)
    if not isinstance(document, dict):
        raise LauncherError(f"{file}: a mapping is expected, such as `accept_seconds: 300`")
    try:
        if "pools" in document:
            pools = _ByPool.model_validate(document).pools
            return Policies(None, {key: _policy(item) for key, item in pools.items()})
        return Policies(_policy(PoolPolicy.model_validate(document)), {})
    except ValidationError as failure:
        raise LauncherError(f"{file}: {_words(failure)}") from None


def _policy(shape: PoolPolicy) -> Policy:
    return policy_of(shape.model_dump())


def _document(content: bytes, file: Path) -> Any:
    try:
        for number, token in enumerate(_depths(content)):
            if token > DEEPEST:
                raise LauncherError(f"{file}: nested too deep (event {number})")
        return yaml.load(content, Loader=_PlainLoader)  # noqa: S506  a subclass of the safe loader
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as failure:
        raise LauncherError(f"{file} is not YAML: {' '.join(str(failure).split())}") from None


def _depths(content: bytes) -> Any:
    depth = 0
    for event in yaml.parse(content, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise LauncherError("a policy needs no aliases (*name): write the values out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield depth


class _PlainLoader(yaml.SafeLoader):
    """A mapping names each key once: the latter of two would win unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: list[Any] = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for place, key in enumerate(keys) if key in keys[:place]]
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice[0]} stands there twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


def _words(failure: ValidationError) -> str:
    errors: Sequence[Any] = failure.errors()[:_MOST_ERRORS]
    return "; ".join(
        f"{'.'.join(map(str, error['loc'])) or 'policy'}: {detail_of(error)}" for error in errors
    )
