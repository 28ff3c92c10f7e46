"""Reading of stored submissions: small ones here, all others in a process apart with hard limits.

Invariant: any bytes give a reading or a quarantine reason within a time limit of ours.
"""

import pickle
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from services.intake.channels import CHANNELS
from services.intake.channels.channel import Channel
from services.intake.channels.reading import CONTENT, read
from services.intake.domain.keys import inquiry_id, key_digest, observation_id
from services.intake.domain.requests import Content, SourceView, Submission, is_observed
from services.intake.domain.states import QuarantineReason
from services.intake.domain.threads import Answered
from shared.sandbox.budget import BudgetSpentError, StumbledError, within_budget
from shared.sandbox.process import (
    Sandbox,
    TooHungryError,
    TooVerboseError,
)

log = structlog.get_logger()

BREATH_SECONDS: Final = 0.003  # of reading here, before others have their turn on this thread
SMALL_BYTES: Final = 8_192  # of a request, head and body: what is larger is read apart
HERE_SECONDS: Final = 0.05  # of CPU time, for what is small; the usual lead takes a 200th of it
QUICK_SECONDS: Final = 0.1  # of CPU time apart, before the submission goes to the end of the queue
MAX_READING_SECONDS: Final = 2.0  # of CPU time apart: `too_slow`
MAX_READING_BYTES: Final = 384 * 1_048_576  # of memory beyond the loaded code: `too_hungry`
MAX_CONTENT_BYTES: Final = 4 * 1_048_576  # of the content of a submission: `too_large`

_LONGEST_EXTERNAL_ID = 500


@dataclass(frozen=True)
class Reading:
    """A submission that was read. Ids are in the order of the drafts, the same at every reading.

    `origin_ids` are those of drafts that are calls: a call has its id by its provider, not by the
    submission that happens to tell its end.
    """

    submission: Submission
    source: SourceView
    content: Content
    # Inquiries of ours that answer an earlier one.
    answers: Mapping[UUID, Answered] = field(default_factory=dict)
    origin_ids: tuple[UUID, ...] = ()

    @property
    def submission_id(self) -> UUID:
        return self.submission.submission_id

    @cached_property
    def inquiry_ids(self) -> tuple[UUID, ...]:
        if self.origin_ids:
            return tuple(self._call_ids(observed=False))
        count = len(self.content.inquiries)
        return tuple(inquiry_id(self.submission_id, place) for place in range(count))

    @cached_property
    def observation_ids(self) -> tuple[UUID, ...]:
        if self.origin_ids:
            return tuple(self._call_ids(observed=True))
        count = len(self.content.observed)
        return tuple(observation_id(self.submission_id, place) for place in range(count))

    def _call_ids(self, *, observed: bool) -> Iterator[UUID]:
        for origin_id, draft in zip(self.origin_ids, self.content.drafts, strict=True):
            if is_observed(draft) is observed:
                yield origin_id

    @property
    def external_id_digest(self) -> bytes | None:
        return key_digest(self.content.external_id) if self.content.external_id else None

    @property
    def shown_external_id(self) -> str | None:
        call_ids = [report.call_id for report in self.content.calls]
        external_id = self.content.external_id or next(iter(call_ids), None)
        return external_id[:_LONGEST_EXTERNAL_ID] if external_id else None


@dataclass(eq=False)
class Reader:
    """Reads with `channels` in this process, and with the same ones in the process apart."""

    sandbox: Sandbox
    channels: Mapping[str, Channel] = field(default_factory=lambda: CHANNELS)

    def here(self, items: Sequence[tuple[Submission, SourceView]]) -> list[Reading | None]:
        """Read the first of them, as many as fit into BREATH_SECONDS and at least one.

        None stands for each that has to be read apart, also because it was too slow here.
        """
        readings: list[Reading | None] = []

        def work() -> None:
            start = time.perf_counter()
            for submission, source in items:
                readings.append(self._here(submission, source))
                if time.perf_counter() - start > BREATH_SECONDS:
                    break

        # One budget for all of them: a timer for each would cost a tenth more.
        try:
            within_budget(HERE_SECONDS, work)
        except (BudgetSpentError, MemoryError):
            if len(readings) < len(items):
                readings.append(None)
        except StumbledError as error:
            submission, source = items[len(readings)]
            readings.append(Reading(submission, source, _stumbled(error.kind)))
        return readings

    def _here(self, submission: Submission, source: SourceView) -> Reading | None:
        if submission.size > SMALL_BYTES:
            return None
        return Reading(submission, source, read(submission, source, self.channels))

    async def apart(
        self,
        submission: Submission,
        source: SourceView,
        *,
        cpu_seconds: float,
        body_file: str | None = None,
    ) -> Reading:
        """Read in the process apart; a large body stands in a file.

        Raises TooSlowError after `cpu_seconds`, DiedError if the process ends meanwhile, and
        UnavailableError if it cannot be started.
        """
        request = pickle.dumps((submission, source, body_file))
        try:
            answer = await self.sandbox.call(request, cpu_seconds=cpu_seconds)
            content = CONTENT.validate_json(answer)
        except TooHungryError:
            content = Content(quarantined=QuarantineReason.TOO_HUNGRY)
        except TooVerboseError:
            content = Content(quarantined=QuarantineReason.TOO_LARGE)
        except StumbledError as error:
            content = _stumbled(error.kind)
        except ValidationError:
            content = _stumbled("ValidationError")
        return Reading(submission, source, content)


def new_sandbox(target: str) -> Sandbox:
    """A process apart for one kind of reader, not yet started; `target` see `Sandbox`."""
    return Sandbox(target, memory_bytes=MAX_READING_BYTES, answer_bytes=MAX_CONTENT_BYTES)


def _stumbled(kind: str) -> Content:
    log.warning("reading.stumbled", error=kind)
    return Content(quarantined=QuarantineReason.FAILED)
