"""A log line carries what is on the allow-list and nothing else, also when an error is told."""

import asyncio
import gc
import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress

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
    monkeypatch.setattr(logging.root, "handlers", [])
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


PHONE = SECRETS["phone"]


class _CustomerError(Exception):
    """Quotes a customer in every way that an error has."""

    def __init__(self) -> None:
        super().__init__(PHONE, {"phone": PHONE})
        self.add_note(f"called {PHONE}")
        self.__cause__ = KeyError(PHONE)


ERRORS: tuple[Exception, ...] = (
    ValueError(PHONE),
    KeyError(f"'{PHONE}'\n{PHONE}"),
    UnicodeEncodeError("ascii", PHONE, 0, 1, PHONE),
    ExceptionGroup(PHONE, [ValueError(PHONE), _CustomerError()]),
    _CustomerError(),
)


def _fail(error: Exception) -> None:
    raise error


def _raised(error: Exception) -> Exception:
    with suppress(Exception):
        _fail(error)
    return error


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_told_by_its_class_and_place_never_by_its_words(
    written: io.StringIO, error: Exception
) -> None:
    try:
        _fail(error)
    except Exception:
        log.exception("loop.failed", loop="relay")
    log.error("loop.failed", loop="relay", exc_info=_raised(error))  # its handler has ended
    lines = written.getvalue().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert PHONE not in line
        told = json.loads(line)
        assert told["error"] == type(error).__name__
        assert "test_logging.py" in told["where"]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_that_a_library_logs_keeps_its_words_to_itself(
    written: io.StringIO, error: Exception
) -> None:
    async def nobody_asks() -> None:
        async def fail() -> None:
            _fail(error)

        task = asyncio.create_task(fail())
        await asyncio.wait({task})
        del task
        gc.collect()

    asyncio.run(nobody_asks())
    logging.getLogger("library").error("No luck with %s", PHONE, exc_info=_raised(error))
    lines = written.getvalue().splitlines()
    assert len(lines) == 2
    assert PHONE not in "".join(lines)
    assert lines[0].startswith("asyncio Task exception was never retrieved ")
    assert all(type(error).__name__ in line and "test_logging.py:" in line for line in lines)
