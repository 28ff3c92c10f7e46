"""What may stand in any stream, whatever its topic."""

from typing import ClassVar

from shared.contracts.envelope import Event


class StreamGap(Event):
    """A version that nobody has any more: its producer was restored from a backup, and neither the
    log nor the backup has it. It carries nothing; every consumer passes it.
    """

    TYPE: ClassVar[str] = "stream.gap.v1"
    TOPIC: ClassVar[str] = ""
    KEY: ClassVar[str] = ""
