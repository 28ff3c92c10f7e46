"""Errors of what kpi is asked to do."""

from shared.errors import ConflictError


class StaleVersionError(ConflictError):
    """It was changed meanwhile; `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__("It was changed meanwhile.", extra={"version": version})


def require_version(present: int, version: int) -> None:
    """Raises StaleVersionError when the caller has seen another version than the present one."""
    if present != version:
        raise StaleVersionError(present)


class GoalWithdrawnError(ConflictError):
    """The goal was withdrawn, and stays as it is."""


class TerritoryInUseError(ConflictError):
    """Something hangs on the territory."""


class TooManyRulesError(ConflictError):
    """There are as many rules as there may be."""


class TooManyRecipientsError(ConflictError):
    """There are as many recipients as there may be."""


class TooManyTerritoriesError(ConflictError):
    """There are as many territories as there may be."""


class PollStateError(ConflictError):
    """The poll, as it stands, does not take that: it is closed, or has too few answers."""


class RecipientInUseError(ConflictError):
    """A rule or a report names the recipient."""


class TooManyReportsError(ConflictError):
    """There are as many scheduled reports as there may be."""


class NobodyToSendToError(ConflictError):
    """A report has no active recipient."""
