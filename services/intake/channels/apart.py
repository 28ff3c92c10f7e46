"""Entry points of the process apart: a pickled submission in, its content as JSON or a file out.

Invariant: only what reading needs is imported, because work waits while the process starts.
"""

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from services.intake.channels import CHANNELS
from services.intake.channels.channel import Channel
from services.intake.channels.reading import CONTENT, file_of, read
from services.intake.domain.requests import Submission

TARGET: Final = "services.intake.channels.apart:answer"
FILES: Final = "services.intake.channels.apart:file"


def answer(request: bytes, channels: Mapping[str, Channel] = CHANNELS) -> bytes:
    """A pickled submission and source → the JSON of its `Content`. Raises whatever a channel
    raises.
    """
    # The request comes from our own process, so it may be unpickled. The answer comes out of a
    # process that has read strangers' bytes, so it is JSON that is validated.
    submission, source, path = pickle.loads(request)  # noqa: S301
    return CONTENT.dump_json(read(_whole(submission, path), source, channels))


def file(request: bytes, channels: Mapping[str, Channel] = CHANNELS) -> bytes:
    """A pickled submission, source and id of an attachment → its bytes. Raises LookupError."""
    submission, source, path, attachment = pickle.loads(request)  # noqa: S301
    return file_of(_whole(submission, path), source, attachment, channels)


def _whole(submission: Submission, path: str | None) -> Submission:
    """The submission with its body from the file, if it came in one."""
    if path is None:
        return submission
    body = Path(path).read_bytes()
    return replace(submission, request=replace(submission.request, body=body))
