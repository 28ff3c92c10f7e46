"""Entry point of the process apart: a pickled task in, its content as JSON out.

Invariant: only what reading needs is imported, because work waits while the process starts.
"""

import pickle
from typing import Final

from services.intake.channels import CHANNELS
from services.intake.channels.reading import CONTENT, Readers, Task, read

READERS: Final[Readers] = {name: channel.parse for name, channel in CHANNELS.items()}
TARGET: Final = "services.intake.channels.apart:answer"


def answer(request: bytes) -> bytes:
    """A pickled `Task` → the JSON of its `Content`. Raises whatever a channel raises."""
    return answer_by(request, READERS)


def answer_by(request: bytes, readers: Readers) -> bytes:
    # The request comes from our own process, so it may be unpickled. The answer comes out of a
    # process that has read strangers' bytes, so it is JSON that is validated.
    task: Task = pickle.loads(request)  # noqa: S301
    return CONTENT.dump_json(read(task, readers))
