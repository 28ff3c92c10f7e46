"""What a caller may be told when a lead or a manager is not as they think."""

from services.routing.domain.lead import Lead
from shared.errors import ConflictError


class StaleVersionError(ConflictError):
    """The caller has not seen the lead as it is; `lead` is how it stands."""

    def __init__(self, lead: Lead) -> None:
        super().__init__("The lead has changed since the version you have seen.")
        self.lead = lead


class NotPossibleError(ConflictError):
    """The lead is not in a state in which this can be done; `lead` is how it stands."""

    def __init__(self, detail: str, lead: Lead) -> None:
        super().__init__(detail)
        self.lead = lead


class NoRoomError(ConflictError):
    """The manager's capacity does not hold the lead."""


class ReusedKeyError(ConflictError):
    """The same idempotency key came with another request."""


class PoolExistsError(ConflictError):
    pass


class PoolInUseError(ConflictError):
    pass
