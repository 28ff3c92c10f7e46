"""A service's declaration: what it says of missing settings, and whom its processes wake."""

import pytest

from services.kpi.service import KPI
from services.routing.service import ROUTING
from shared.messaging.outbox.publish import CLOSED, OUTBOX
from shared.service import SettingsError
from shared.statements import columns


def test_missing_settings_are_named_without_any_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_DATABASE_POOL", "canary")
    monkeypatch.delenv("KPI_DATABASE_URL", raising=False)
    monkeypatch.delenv("LEADFLOW_KEYS_FILE", raising=False)
    with pytest.raises(
        SettingsError, match=r"kpi's settings: .*database_url.*LEADFLOW_KEYS_FILE"
    ) as error:
        KPI.read_settings()
    assert "canary" not in error.value.detail


def test_every_process_wakes_the_relay_and_the_recovery() -> None:
    assert set(KPI.wakeups) >= {OUTBOX, CLOSED}
    common = set(KPI.wakeups) - set(KPI.channels)
    assert set(ROUTING.wakeups) == {*common, *ROUTING.channels}


def test_rows_become_the_lists_that_a_statement_unnests() -> None:
    assert columns("keys versions", [("a", 1), ("b", 2)]) == {
        "keys": ("a", "b"),
        "versions": (1, 2),
    }
    assert columns("keys versions", []) == {"keys": (), "versions": ()}
