"""Databases of tests wait for locks, and for the tests, as long as a busy machine takes."""

from shared.database import Database

MILLISECONDS = "60000"


def patient(database: Database) -> Database:
    """Before it is first used."""
    for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
        database.connections._settings[name] = MILLISECONDS
    return database
