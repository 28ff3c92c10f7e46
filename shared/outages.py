"""What is an outage, to be waited for, and what is a fault of the data or of ours."""

import asyncpg

from shared.errors import UnavailableError

# SQLSTATE classes about the server's state, not about the data: connection, the role or the
# database refused, rollback by deadlock or serialisation, resources (a full disk, too many
# connections), object in use, operator intervention, the system below (I/O), internal errors.
OUTAGE_CLASSES = ("08", "28", "3D", "40", "53", "55", "57", "58", "XX")
# A read-only node; a file that the server may not write, as on a disk remounted read-only; tables
# that are not there yet, because the migration runs beside us.
OUTAGE_STATES = ("25006", "42501", "42P01")
# Serialisation, a deadlock, a lock that was not to be had in time.
RACES = ("40001", "40P01", "55P03")
# The connection itself is gone: lost, or ended by the server (shutdown, crash, idle for too long).
LOST_STATES = ("08", "57P")
# What the driver says of a connection that can be used no more, or not now.
UNUSABLE_WORDS = ("closed", "another operation")


def sqlstate(error: BaseException) -> str | None:
    """The five-character SQLSTATE behind an error, if PostgreSQL gave one."""
    cause: BaseException | None = error
    while cause is not None:
        state = getattr(cause, "sqlstate", None)
        if isinstance(state, str):
            return state
        cause = cause.__cause__
    return None


def is_outage(error: BaseException) -> bool:
    """True when the database or the way to it failed, not the statement."""
    if isinstance(error, UnavailableError):
        return True
    state = sqlstate(error)
    if state is not None:
        return state.startswith(OUTAGE_CLASSES) or state in OUTAGE_STATES
    return isinstance(error, OSError) or is_unusable(error)


def is_lost(error: BaseException) -> bool:
    """True when the connection can be used no more, so that another one may do better at once."""
    state = sqlstate(error)
    if state is not None:
        return state.startswith(LOST_STATES)
    if isinstance(error, TimeoutError):
        return False
    return isinstance(error, OSError) or is_unusable(error)


def is_race(error: BaseException) -> bool:
    """True when another transaction was in the way: the same work may succeed at once."""
    return sqlstate(error) in RACES


def is_unencodable(error: BaseException) -> bool:
    """True when a value does not fit what the server can hold: the driver itself finds that out."""
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)


def is_unusable(error: BaseException) -> bool:
    # While a loop stands still a deadline, a cancellation and the answer come all at once. The
    # driver then loses count of what its connection does, and says so in these ways. It has one
    # class for that and for statements that are called wrongly: those are a fault of ours and must
    # not look like an outage for hours, nor must a value that it repeats in its words.
    if isinstance(error, asyncpg.InterfaceError):
        words = "" if is_unencodable(error) else str(error)
        return any(telling in words for telling in UNUSABLE_WORDS)
    return isinstance(error, asyncpg.InternalClientError)
