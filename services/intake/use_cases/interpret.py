"""Reading of stored submissions: small ones here, all others in a process apart with hard limits.

Invariant: any bytes give a reading or a quarantine reason within a time limit of ours.
"""

import pickle
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
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
from services.intake.repository.claims import ExternalRecord
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

    `origin_ids` are the ids of the drafts where their places do not tell these: a call has its id
    by its provider, and where some records were reported before, only the others are left.
    `named_ids` are then the inquiries of all the records.
    """

    submission: Submission
    source: SourceView
    content: Content
    # Inquiries of ours that answer an earlier one.
    answers: Mapping[UUID, Answered] = field(default_factory=dict)
    origin_ids: tuple[UUID, ...] = ()
    named_ids: tuple[UUID, ...] = ()

    @property
    def submission_id(self) -> UUID:
        return self.submission.submission_id

    @cached_property
    def draft_ids(self) -> tuple[UUID, ...]:
        """The id of each draft, as an inquiry or as an observed call."""
        if self.origin_ids:
            return self.origin_ids
        inquiries, observations = count(), count()
        return tuple(
            observation_id(self.submission_id, next(observations))
            if is_observed(draft)
            else inquiry_id(self.submission_id, next(inquiries))
            for draft in self.content.drafts
        )

    @cached_property
    def inquiry_ids(self) -> tuple[UUID, ...]:
        return tuple(self._ids(observed=False))

    @cached_property
    def observation_ids(self) -> tuple[UUID, ...]:
        return tuple(self._ids(observed=True))

    def _ids(self, *, observed: bool) -> Iterator[UUID]:
        for draft_id, draft in zip(self.draft_ids, self.content.drafts, strict=True):
            if is_observed(draft) is observed:
                yield draft_id

    @cached_property
    def records(self) -> tuple[ExternalRecord | None, ...]:
        """The provider's record behind each draft; None where nothing tells it from others, and for
        tests, which share their ids.
        """
        return tuple(
            None
            if record_id is None or draft.is_test
            else ExternalRecord(
                self.submission.source_id,
                key_digest(record_id),
                self.submission_id,
                None if is_observed(draft) else draft_id,
            )
            for draft_id, draft, record_id in zip(
                self.draft_ids, self.content.drafts, self.content.record_ids, strict=True
            )
        )

    def named_with(self, ids_by_place: Mapping[int, tuple[UUID, ...]]) -> tuple[UUID, ...]:
        """The inquiries of all drafts, each once; those of `ids_by_place` had become
        these before.
        """
        ids: list[UUID] = []
        for place, (draft_id, draft) in enumerate(
            zip(self.draft_ids, self.content.drafts, strict=True)
        ):
            own_ids = () if is_observed(draft) else (draft_id,)
            ids += ids_by_place.get(place, own_ids)
        return tuple(dict.fromkeys(ids))

    def limited_to(self, places: Sequence[int], *, named_ids: tuple[UUID, ...]) -> "Reading":
        """The same with only the drafts at these places; if these are all, it itself."""
        content = self.content
        if len(places) == len(content.drafts):
            return self
        some = replace(
            content,
            drafts=tuple(content.drafts[place] for place in places),
            record_ids=tuple(content.record_ids[place] for place in places),
            mails=tuple(content.mails[place] for place in places) if content.mails else (),
        )
        ids = tuple(self.draft_ids[place] for place in places)
        return replace(self, content=some, origin_ids=ids, named_ids=named_ids)

    @property
    def shown_external_id(self) -> str | None:
        ids = [report.call_id for report in self.content.calls]
        ids += [report.order_id for report in self.content.purchases]
        external_id = self.content.external_id or next(iter(ids), None)
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
