"""`leadflow simulate` over invented companies: what it prints, writes and refuses."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.embedded.cli import main
from deploy.embedded.operations import simulate_arguments
from deploy.embedded.operations.simulate import USUAL_SPAN, span_of
from deploy.embedded.processes.children import LauncherError
from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.profiles import PROFILES

SHOP = ("simulate", "--company", "shop", "--days", "2")


def test_the_command_knows_all_companies_and_algorithms() -> None:
    assert set(simulate_arguments.COMPANIES) == set(PROFILES)
    assert tuple(ALGORITHMS) == simulate_arguments.ALGORITHMS


def test_it_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SHOP, "--compare", "--lang", "ru", "--shares"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0].split("  ")[0] == "Компания: shop 1"
    assert any(line.startswith("Сверх вместимости") for line in lines)


def test_it_prints_json_and_writes_a_drawing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing = tmp_path / "waits.svg"

    assert main([*SHOP, "--json", "--seed", "7", "--svg", str(drawing)]) == 0
    [run] = json.loads(capsys.readouterr().out)
    assert run["algorithm"] == "product"
    assert drawing.read_text(encoding="utf-8").startswith("<svg ")


def test_a_policy_changes_what_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("units: {form: 5, call: 5}\n", encoding="utf-8")
    main([*SHOP, "--json"])
    usual = json.loads(capsys.readouterr().out)
    main([*SHOP, "--json", "--policy", str(policy)])
    heavy = json.loads(capsys.readouterr().out)

    assert heavy[0]["parked_minutes"] > usual[0]["parked_minutes"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--company", "shop", "--days", "0"], "--days"),
        (["--company", "shop", "--from", "2026-03-02"], "has no --from"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "--from must be before --to"),
        (["--from", "yesterday"], "--from yesterday"),
        ([], "try --company shop"),
        (["--company", "shop", "--policy", "missing.yaml"], "missing.yaml"),
    ],
)
def test_what_it_refuses_is_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["simulate", "--data", str(tmp_path / "none"), *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert len(captured.err.splitlines()) == 1


def test_nothing_is_played_that_has_not_been_yet() -> None:
    recorded = (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 8, tzinfo=UTC))
    now, later = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)

    assert span_of(recorded, recorded[0], later, now=now) == (recorded[0], now)
    assert span_of(recorded, None, later, now=now) == (now - USUAL_SPAN, now)
    assert span_of(recorded, None, None, now=now)[1] > recorded[1]
    with pytest.raises(LauncherError, match="nothing is recorded yet"):
        span_of(recorded, later, None, now=now)


def test_a_policy_of_a_foreign_pool_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("pools: {vip: {}}\n", encoding="utf-8")

    assert main([*SHOP, "--policy", str(policy)]) == 1
    assert "not vip" in capsys.readouterr().err
