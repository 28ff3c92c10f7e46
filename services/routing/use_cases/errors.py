"""Errors of actions on leads, managers and pools."""

from services.routing.domain.lead import Lead
from shared.errors import ConflictError


class StaleVersionError(ConflictError):
    """The caller's version of the lead is not the present one; `lead` is the present lead."""

    def __init__(self, lead: Lead) -> None:
        super().__init__("The lead has changed since the version you have seen.")
        self.lead = lead


class NotPossibleError(ConflictError):
    """The lead's state does not allow the action; `lead` is the present lead."""

    def __init__(self, detail: str, lead: Lead) -> None:
        super().__init__(detail)
        self.lead = lead


class NoRoomError(ConflictError):
    """The manager's capacity does not hold the lead."""


class PoolExistsError(ConflictError):
    pass


class PoolInUseError(ConflictError):
    pass
