"""A log line carries what is on the allow-list and nothing else, also when an error is told."""

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from shared.observability.logging import set_up_logging

log = structlog.get_logger()
SECRETS = {
    "phone": "+79161234567",
    "email": "anna@example.com",
    "token": "eyJhbGciOi",
    "body": "Перезвоните",
}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error with the product's own logging, as a process sets it up."""
    before = structlog.get_config()
    found = io.StringIO()
    monkeypatch.setattr(sys, "stderr", found)
    set_up_logging(level="info", form="json")
    yield found
    structlog.configure(**before)


def test_only_what_is_allowed_is_written(written: io.StringIO) -> None:
    log.info("inquiry.kept", inquiry_id="019abc10", count=2, **SECRETS)
    line = written.getvalue()
    told = json.loads(line)
    assert (told["event"], told["inquiry_id"], told["count"]) == ("inquiry.kept", "019abc10", 2)
    assert not set(SECRETS) & set(told)
    assert not [value for value in SECRETS.values() if value in line]


def _stumble() -> None:
    raise ValueError(SECRETS["phone"])


def test_an_error_is_told_by_its_class_and_place_never_by_its_words(written: io.StringIO) -> None:
    try:
        _stumble()
    except ValueError:
        log.exception("loop.failed", loop="relay")
    line = written.getvalue()
    assert SECRETS["phone"] not in line
    told = json.loads(line)
    assert told["error"] == "ValueError"
    assert "test_logging.py" in told["where"]
