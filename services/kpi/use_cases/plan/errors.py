"""Refusals of what is asked of plans."""

from uuid import UUID

from shared.errors import ConflictError


class TooManyPlansError(ConflictError):
    """There are as many plans as there may be."""


class TooManyVersionsError(ConflictError):
    """A plan has as many versions as it may have."""


class TooManyLocksError(ConflictError):
    """A version has as many locks as it may have."""


class DraftExistsError(ConflictError):
    """A plan has one draft at a time."""


class NoDraftError(ConflictError):
    """What was approved is changed no more."""


class PlanInForceError(ConflictError):
    """A plan with an approved version stays."""


class AlreadyLockedError(ConflictError):
    """The same node is locked already."""


class NothingApprovedError(ConflictError):
    """Only what is approved can be coordinated."""


class AlreadyCoordinatedError(ConflictError):
    """The cut has a record in that month already: which one."""

    def __init__(self, coordination_id: UUID | None) -> None:
        super().__init__(
            "The cut is coordinated in that month already.",
            extra={"coordination_id": str(coordination_id)},
        )


class TooManyRecordsError(ConflictError):
    """A plan has as many records as it may have."""


class TooManyStepsError(ConflictError):
    """A record was changed as often as it may be."""
