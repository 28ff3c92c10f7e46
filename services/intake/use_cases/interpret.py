"""Reading of stored submissions: small ones here, all others in a process apart with hard limits.

Invariant: any bytes give a reading or a quarantine reason within a time limit of ours.
"""

import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from services.intake.channels import reading
from services.intake.channels.reading import (
    CONTENT,
    TOO_LARGE,
    UNKNOWN_ADAPTER,
    Content,
    Readers,
    Task,
)
from services.intake.domain.keys import inquiry_id, key_digest, observation_id
from services.intake.domain.requests import Draft, SourceView
from services.intake.repository.submissions import StoredSubmission
from shared.sandbox.budget import BudgetSpentError, StumbledError, within_budget
from shared.sandbox.process import (
    Sandbox,
    TooHungryError,
    TooVerboseError,
)

log = structlog.get_logger()
TOO_SLOW: Final = "too_slow"
TOO_HUNGRY: Final = "too_hungry"
FAILED: Final = "failed"

BREATH_SECONDS: Final = 0.003  # of reading here, before others have their turn on this thread
SMALL_BYTES: Final = 8_192  # of a request, head and body: what is larger is read apart
HERE_SECONDS: Final = 0.05  # of CPU time, for what is small; the usual lead takes a 200th of it
QUICK_SECONDS: Final = 0.1  # of CPU time apart, before the submission goes to the end of the queue
MAX_READING_SECONDS: Final = 2.0  # of CPU time apart: `too_slow`
MAX_READING_BYTES: Final = 384 * 1_048_576  # of memory beyond the loaded code: `too_hungry`
MAX_CONTENT_BYTES: Final = 4 * 1_048_576  # of the content of a submission: `too_large`

_LONGEST_EXTERNAL_ID = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of a submission; `reason` alone means quarantine, `ignored` that it adds nothing.

    Ids are in the order of their drafts, and the same at every reading.
    """

    submission: StoredSubmission
    source: SourceView | None
    inquiries: tuple[Draft, ...] = ()
    inquiry_ids: tuple[UUID, ...] = ()
    observed: tuple[Draft, ...] = ()
    observation_ids: tuple[UUID, ...] = ()
    reason: str | None = None
    ignored: str | None = None
    external_id: str | None = None

    @property
    def external_digest(self) -> bytes | None:
        return key_digest(self.external_id) if self.external_id else None

    @property
    def shown_external_id(self) -> str | None:
        return self.external_id[:_LONGEST_EXTERNAL_ID] if self.external_id else None


@dataclass(eq=False)
class Reader:
    """`readers` are the channels in this process, `sandbox` the same ones in the process apart."""

    readers: Readers
    sandbox: Sandbox

    def here(
        self, items: Sequence[tuple[StoredSubmission, SourceView | None]]
    ) -> list[Reading | None]:
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
            readings.append(_reading(submission, source, _stumbled(error.kind)))
        return readings

    def _here(self, submission: StoredSubmission, source: SourceView | None) -> Reading | None:
        if source is None:
            return Reading(submission, source, reason=UNKNOWN_ADAPTER)
        task = _task(submission, source)
        if task.size > SMALL_BYTES:
            return None
        return _reading(submission, source, reading.read(task, self.readers))

    async def apart(
        self, submission: StoredSubmission, source: SourceView | None, *, cpu_seconds: float
    ) -> Reading:
        """Read in the process apart.

        Raises TooSlowError after `cpu_seconds`, DiedError if the process ends meanwhile, and
        UnavailableError if it cannot be started.
        """
        if source is None:
            return Reading(submission, source, reason=UNKNOWN_ADAPTER)
        request = pickle.dumps(_task(submission, source))
        try:
            answer = await self.sandbox.call(request, cpu_seconds=cpu_seconds)
            content = CONTENT.validate_json(answer)
        except TooHungryError:
            content = Content(reason=TOO_HUNGRY)
        except TooVerboseError:
            content = Content(reason=TOO_LARGE)
        except StumbledError as error:
            content = _stumbled(error.kind)
        except ValidationError:
            content = _stumbled("ValidationError")
        return _reading(submission, source, content)


def new_sandbox(target: str) -> Sandbox:
    """A process apart for one kind of reader, not yet started; `target` see `Sandbox`."""
    return Sandbox(target, memory_bytes=MAX_READING_BYTES, answer_bytes=MAX_CONTENT_BYTES)


def too_slow(submission: StoredSubmission, source: SourceView | None) -> Reading:
    return Reading(submission, source, reason=TOO_SLOW)


def _task(submission: StoredSubmission, source: SourceView) -> Task:
    return Task(submission.request, source, submission.native, submission.overrides)


def _stumbled(kind: str) -> Content:
    log.warning("reading.stumbled", error=kind)
    return Content(reason=FAILED)


def _reading(submission: StoredSubmission, source: SourceView | None, content: Content) -> Reading:
    number, observations = len(content.inquiries), len(content.observed)
    submission_id = submission.submission_id
    return Reading(
        submission,
        source,
        inquiries=content.inquiries,
        inquiry_ids=tuple(inquiry_id(submission_id, place) for place in range(number)),
        observed=content.observed,
        observation_ids=tuple(observation_id(submission_id, n) for n in range(observations)),
        reason=content.reason,
        ignored=content.ignored,
        external_id=content.external_id,
    )
