"""The passwords of the private servers: random, kept for their owner alone, never made twice."""

import stat
from pathlib import Path

import pytest

from deploy.embedded.passwords import password
from deploy.embedded.processes.children import LauncherError


@pytest.mark.parametrize("words", ["", "{", "[]", "{}", "1", "\x00", "[" * 100_000])
def test_a_broken_file_of_passwords_is_one_clear_line(tmp_path: Path, words: str) -> None:
    path = tmp_path / "passwords.json"
    path.write_text(words)
    with pytest.raises(LauncherError, match="passwords"):
        password(path, "kpi", roles=["kpi"])
    assert path.read_text() == words


def test_passwords_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "passwords.json"
    roles = ["kpi", "history"]
    first = {role: password(path, role, roles=roles) for role in roles}
    assert {len(word) for word in first.values()} == {64}
    assert first["kpi"] != first["history"]
    assert {role: password(path, role, roles=roles) for role in roles} == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
