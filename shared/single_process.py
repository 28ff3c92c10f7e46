"""What the services of one process share instead of a broker and notifications."""

from dataclasses import dataclass, field

from shared.database import Database
from shared.messaging.log.memory import MemoryLog
from shared.wakeup import Wakeup

QUIET_SECONDS = 10.0  # between two polls: no notification within a process is lost


@dataclass(eq=False)
class SingleProcess:
    """Handed to every API and worker of the process; `databases` are the first to join, by
    service: there the others read its journal.
    """

    log: MemoryLog = field(default_factory=MemoryLog)
    databases: dict[str, Database] = field(default_factory=dict)

    def join(self, database: Database) -> None:
        """What is emitted through this database is handed over here; its service's loops wake one
        another directly.
        """
        database.outlet = self.log
        first = self.databases.setdefault(database.service, database)
        if first is database:
            database.wakeup = Wakeup(quiet_seconds=QUIET_SECONDS)
        else:
            database.wakeup = first.wakeup
