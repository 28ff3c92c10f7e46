"""The triggers that mark a minute whenever something of it changes.

Invariant: whatever writes a counted table, an operator by hand included, marks the minute in its
own transaction. So a digest without a mark is true. Marks are only inserted: writers of the same
minute never wait for one another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

# The moment of a UUIDv7: its first 48 bits are Unix milliseconds (RFC 9562 §5.7).
ID_MOMENT = (
    "to_timestamp(CAST(CAST('x' || left(replace(CAST({id} AS text), '-', ''), 12) AS bit(48))"
    " AS bigint) / 1000.0)"
)
_STATEMENT = Template("""
CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$$$ BEGIN
    INSERT INTO reconciliation_mark (ledger, minute)
    SELECT DISTINCT '${ledger}', date_trunc('minute', ${moment}, 'UTC')
    FROM changed WHERE ${counted};
    RETURN NULL;
END $$$$
""")
_ROW = Template("""
CREATE FUNCTION ${name}_row() RETURNS trigger LANGUAGE plpgsql AS $$$$ BEGIN
    INSERT INTO reconciliation_mark (ledger, minute)
    SELECT DISTINCT '${ledger}', date_trunc('minute', ${moment}, 'UTC')
    FROM (SELECT (OLD).* UNION ALL SELECT (NEW).*) AS changed WHERE ${moment} IS NOT NULL;
    RETURN NULL;
END $$$$
""")
_FORGET = "forget_digests"
_TRANSITION = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
# After a TRUNCATE the counts are zero, which is what an absent digest means.
FORGET_ALL = """
CREATE FUNCTION forget_digests() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM reconciliation_mark;
    DELETE FROM reconciliation_digest;
    RETURN NULL;
END $$
"""


def marks_minutes(words: Mapping[str, str]) -> str:
    """The trigger function that marks the minutes of all rows a statement has changed."""
    return _STATEMENT.substitute(words)


def update_of(*columns: str) -> tuple[str, str]:
    """A row marks when one of these columns is changed."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return "UPDATE", f"({old}) IS DISTINCT FROM ({new})"


@dataclass(frozen=True, slots=True)
class Marking:
    """Which writes of a table mark a minute of a ledger.

    `moment` is SQL over the columns of a row, and so is `counted`: which rows the ledger counts.
    `statements` mark once for each statement, whatever it changed; `rows` are events with the
    condition on OLD and NEW under which a single row marks: for tables whose rows often change
    in what is not counted.
    """

    table: str
    ledger: str
    moment: str
    counted: str = "true"
    statements: tuple[str, ...] = ("INSERT", "DELETE")
    rows: tuple[tuple[str, str], ...] = ()

    def ddl(self) -> tuple[str, ...]:
        """The statements of a migration, after `FORGET_ALL`."""
        name = f"mark_{self.ledger}_of_{self.table}"
        words = {
            "name": name,
            "ledger": self.ledger,
            "moment": self.moment,
            "counted": self.counted,
        }
        forget = f"forget_digests_of_{self.table}_{self.ledger}"
        return (
            *((marks_minutes(words),) if self.statements else ()),
            *(
                f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {self.table}"
                f" REFERENCING {_TRANSITION[event]} TABLE AS changed"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
                for event in self.statements
            ),
            *((_ROW.substitute(words),) if self.rows else ()),
            *(
                f"CREATE TRIGGER {name}_row_{event.lower()} AFTER {event} ON {self.table}"
                f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}_row()"
                for event, condition in self.rows
            ),
            f"CREATE TRIGGER {forget} AFTER TRUNCATE ON {self.table} EXECUTE FUNCTION {_FORGET}()",
        )
