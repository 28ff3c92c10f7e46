"""What is an outage, to be waited for, and what is a fault of the data or of ours."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, InterfaceError

from shared.database import is_outage
from shared.errors import UnavailableError, cause_of


class _ServerError(Exception):
    """An error as the driver's adapter hands it on."""

    def __init__(self, state: str) -> None:
        super().__init__("in words")
        self.sqlstate = state


def _from_server(state: str) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, _ServerError(state))


# Disk full, too many connections, read-only node, read-only file, I/O, undefined file, internal,
# admin shutdown, starting up, password refused, no such database, tables not there yet.
@pytest.mark.parametrize(
    "state",
    [
        "53100", "53300", "25006", "42501", "58030", "58P01", "XX000", "57P01", "57P03", "28P01",
        "3D000", "42P01", "08006",
    ],
)  # fmt: skip
def test_the_servers_state_is_an_outage(state: str) -> None:
    assert is_outage(_from_server(state))


@pytest.mark.parametrize("state", ["22003", "23505", "42601", "42703", "54000", "0A000", "P0001"])
def test_data_and_our_own_statements_are_not(state: str) -> None:
    assert not is_outage(_from_server(state))


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        InterfaceError("x", {}, Exception("the underlying connection is closed")),
        ConnectionResetError(),
        TimeoutError(),
        OSError(24, "Too many open files"),
    ],
)
def test_a_connection_that_is_gone_is_an_outage(error: BaseException) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        InterfaceError("x", {}, asyncpg.DataError("invalid input for query argument $1")),
        AttributeError("a bug"),
    ],
)
def test_using_the_driver_wrongly_is_not(error: BaseException) -> None:
    assert not is_outage(error)


def test_the_log_is_told_what_lies_beneath() -> None:
    error = UnavailableError("The database cannot answer now.")
    error.__cause__ = _from_server("53100")
    assert cause_of(error) == "_ServerError 53100"
