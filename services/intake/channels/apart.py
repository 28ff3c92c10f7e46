"""Reading in a process apart: a request's bytes in, what it says as JSON out.

Only what reading needs is imported here: the process is started while mail waits for it.
"""

import pickle
from typing import Final

from services.intake.channels import CHANNELS
from services.intake.domain.reading import CONTENT, Readers, Task, read

READERS: Final[Readers] = {name: channel.parse for name, channel in CHANNELS.items()}
TARGET: Final = "services.intake.channels.apart:answer"


def answer(request: bytes) -> bytes:
    """A pickled `Task` → the JSON of its `Content`. Raises whatever a channel stumbles over."""
    return answer_by(request, READERS)


def answer_by(request: bytes, readers: Readers) -> bytes:
    # The request is our own process's. The answer goes the other way, out of a process that read
    # what strangers wrote, so it is JSON that is checked, and never unpickled.
    task: Task = pickle.loads(request)  # noqa: S301
    return CONTENT.dump_json(read(task, readers))
