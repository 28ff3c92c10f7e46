"""What a route takes to note that it shows personal data: `audit: Audit`, or `Depends(Reads(…))`
where the path names whom the answer is about.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from shared.ids import new_id
from shared.observability.tracing import current_trace_id
from shared.read_audit.recorder import Recorder
from shared.read_audit.rows import Read
from shared.web.access import caller_of
from shared.web.tokens import Caller

MOST_SUBJECTS = 1_000  # of one row; more are spread over several


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """Notes what one request is given to read, in the name of its caller.

    `subject_ids` are ids of contacts, leads, inquiries or submissions; `shape` how they were asked
    for: counts, flags and names of filters, never a word that somebody wrote or searched.
    """

    recorder: Recorder
    caller: Caller
    now: datetime

    def record(
        self,
        what: str,
        subject_ids: Collection[UUID] = (),
        shape: Mapping[str, Any] | None = None,
    ) -> None:
        """Note it without waiting."""
        self.recorder.record(self._reads(what, subject_ids, shape))

    async def record_first(
        self,
        what: str,
        subject_ids: Collection[UUID] = (),
        shape: Mapping[str, Any] | None = None,
    ) -> None:
        """Note it for sure: for exports, before the first byte. Raises UnavailableError."""
        await self.recorder.write(self._reads(what, subject_ids, shape))

    def _reads(
        self, what: str, subject_ids: Collection[UUID], shape: Mapping[str, Any] | None
    ) -> Sequence[Read]:
        ids = sorted(set(subject_ids))
        starts = range(0, len(ids), MOST_SUBJECTS) if ids else (0,)
        return [
            Read(
                audit_id=new_id(),
                at=self.now,
                actor=self.caller.actor,
                role=self.caller.role,
                token_id=self.caller.token_id,
                what=what,
                subject_ids=ids[start : start + MOST_SUBJECTS],
                shape=shape or {},
                trace_id=current_trace_id(),
            )
            for start in starts
        ]


def _audit(request: Request) -> ReadAudit:
    """Raises ReadsNotNotedError while too many reads wait to be noted."""
    state = request.app.state
    state.read_audit.require_room()
    return ReadAudit(state.read_audit, caller_of(request), state.clock())


Audit = Annotated[ReadAudit, Depends(_audit)]


class Reads:
    """A dependency that notes `what` of the path's ids, once the route has made its answer: what
    was refused or not found showed nothing.
    """

    def __init__(self, what: str, *names: str) -> None:
        self.what = what
        self.names = names

    async def __call__(self, request: Request, audit: Audit) -> AsyncIterator[None]:
        yield
        ids = [UUID(str(request.path_params[name])) for name in self.names]
        audit.record(self.what, ids)
