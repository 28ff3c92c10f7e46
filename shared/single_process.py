"""What the services of one process share instead of a broker and notifications."""

from dataclasses import dataclass, field

from shared.bell import Bell
from shared.database import Database
from shared.messaging.log.memory import MemoryLog

QUIET_SECONDS = 10.0  # between two polls: nothing that rings in this process is lost


@dataclass(eq=False)
class SingleProcess:
    """Handed to every API and worker of the process."""

    log: MemoryLog = field(default_factory=MemoryLog)
    bells: dict[str, Bell] = field(default_factory=dict)

    def join(self, database: Database) -> None:
        """What is emitted through this database is handed over here; its service's loops wake one
        another directly.
        """
        database.outlet = self.log
        database.bell = self.bells.setdefault(database.service, Bell(quiet_seconds=QUIET_SECONDS))
