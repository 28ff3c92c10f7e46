"""Entry point of the process apart: a pickled submission in, its content as JSON out.

Invariant: only what reading needs is imported, because work waits while the process starts.
"""

import pickle
from collections.abc import Mapping
from typing import Final

from services.intake.channels import CHANNELS
from services.intake.channels.channel import Channel
from services.intake.channels.reading import CONTENT, read

TARGET: Final = "services.intake.channels.apart:answer"


def answer(request: bytes, channels: Mapping[str, Channel] = CHANNELS) -> bytes:
    """A pickled submission and source → the JSON of its `Content`. Raises whatever a channel
    raises.
    """
    # The request comes from our own process, so it may be unpickled. The answer comes out of a
    # process that has read strangers' bytes, so it is JSON that is validated.
    submission, source = pickle.loads(request)  # noqa: S301
    return CONTENT.dump_json(read(submission, source, channels))
