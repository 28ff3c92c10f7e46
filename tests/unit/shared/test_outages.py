"""What is an outage, to be waited for, and what is a fault of the data or of ours."""

import asyncpg
import pytest
from asyncpg.exceptions import ConnectionDoesNotExistError, ProtocolError
from asyncpg.exceptions._base import DataError as UnencodableError

from shared.errors import UnavailableError, cause_of
from shared.outages import is_lost, is_outage


def _from_server(state: str) -> asyncpg.PostgresError:
    error: asyncpg.PostgresError = asyncpg.PostgresError.new({"C": state, "M": "in words"})
    return error


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
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        asyncpg.InterfaceError("cannot perform operation: another operation is cancelling"),
        asyncpg.InternalClientError("_on_result: waiter is done"),
        ProtocolError("unexpected message"),
        ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        ConnectionResetError(),
        TimeoutError(),
        OSError(24, "Too many open files"),
    ],
)
def test_a_connection_that_can_be_used_no_more_is_an_outage(error: BaseException) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
        UnencodableError("invalid input for query argument $1: 'closed'"),
        UnencodableError("invalid input for query argument $1: 'another operation'"),
        AttributeError("a bug"),
    ],
)
def test_using_the_driver_wrongly_is_not(error: BaseException) -> None:
    assert not is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        *map(_from_server, ("57P01", "57P02", "08006")),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        asyncpg.InternalClientError("_on_result: waiter is done"),
    ],
)
def test_a_lost_connection_is_worth_another_one(error: BaseException) -> None:
    assert is_lost(error)


@pytest.mark.parametrize(
    "error", [_from_server("57014"), _from_server("53300"), TimeoutError(), ValueError("closed")]
)
def test_what_another_connection_would_not_better_is_not_tried_again(error: Exception) -> None:
    assert not is_lost(error)


def test_the_log_is_told_what_lies_beneath() -> None:
    error = UnavailableError("The database cannot answer now.")
    error.__cause__ = _from_server("53100")
    assert cause_of(error) == "DiskFullError 53100"
