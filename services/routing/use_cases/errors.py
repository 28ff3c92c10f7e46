"""Errors of actions on leads, managers and pools."""

from shared.errors import ConflictError


class StaleVersionError(ConflictError):
    """The caller's version of the lead or the pool is not the present one."""


class LeaseEndedError(ConflictError):
    """The caller had the lead, and has it no more."""


class AlreadyLeftError(ConflictError):
    """The manager has left the company already, otherwise than asked now."""


class NotPossibleError(ConflictError):
    """The lead's state does not allow the action."""


class NoRoomError(ConflictError):
    """The manager's capacity does not hold the lead."""


class HolidayCalendarInUseError(ConflictError):
    pass


class PoolExistsError(ConflictError):
    pass


class PoolInUseError(ConflictError):
    pass


class PipelineExistsError(ConflictError):
    pass


class PipelineInUseError(ConflictError):
    pass


class PipelineLimitError(ConflictError):
    """There are as many pipelines as there may be."""


class StageInUseError(ConflictError):
    """Open leads are in a stage that a new version of the pipeline does not have."""


class TooManyWebhooksError(ConflictError):
    pass
