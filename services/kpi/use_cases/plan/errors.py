"""Refusals of what is asked of plans."""

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
