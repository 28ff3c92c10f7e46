"""Policies from a file: what the API takes, refused with the field at fault."""

from pathlib import Path

import pytest

from deploy.embedded.operations.policy_files import LARGEST_BYTES, read_policies
from deploy.embedded.processes.children import LauncherError
from services.routing.domain.policies import Policy, ScoreWeights


def file_of(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_one_policy_is_for_all_pools(tmp_path: Path) -> None:
    policies = read_policies(file_of(tmp_path, "accept_seconds: 60\nscore: {fairness: 0.5}\n"))

    assert policies.by_pool == {}
    assert policies.everywhere == Policy(accept_seconds=60, score=ScoreWeights(fairness=0.5))


def test_several_pools_have_each_their_own(tmp_path: Path) -> None:
    content = "pools:\n  default: {units: {call: 1.5}}\n  vip: {sticky: false}\n"
    policies = read_policies(file_of(tmp_path, content))

    assert policies.everywhere is None
    assert policies.by_pool["default"].units == {"call": 1.5}
    assert not policies.by_pool["vip"].sticky


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "a mapping is expected"),
        ("- 1\n", "a mapping is expected"),
        ("accept_seconds: 0\n", "accept_seconds: Input should be greater than or equal to 1"),
        ("score: {speed: 1}\n", "score.speed: Extra inputs are not permitted"),
        ("pools: {vip: {max_hops: many}}\n", "pools.vip.max_hops: Input should be a valid integer"),
        ("pools: {}\nother: 1\n", "other: Extra inputs are not permitted"),
        ("pools: {'a b': {}}\n", "pools.a b"),
        ("accept_seconds: 1\naccept_seconds: 2\n", "accept_seconds stands there twice"),
        ("accept_seconds: [1\n", "is not YAML"),
        (b"\xff\xfe\x00", "is not YAML"),
        ("a: &x [1]\nb: *x\n", "needs no aliases"),
        ("a: !!python/object/apply:os.system ['true']\n", "is not YAML"),
        ("[" * 40 + "]" * 40, "nested too deep"),
        ("units: {call: .nan}\n", "units.call"),
        ("? [1, 2]\n: 3\n", "is not YAML"),
        ("#" * (LARGEST_BYTES + 1), "is larger than"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(LauncherError) as failure:
        read_policies(file_of(tmp_path, content))
    assert words in str(failure.value)
    assert len(str(failure.value)) < 2000
