"""What cannot be done to schemes and months."""

from shared.errors import ConflictError, TooManyError


class AlreadyApprovedError(ConflictError):
    """The version was approved: it stays as it is."""


class NoWhatIfError(ConflictError):
    """Nobody has seen what the version would have paid."""


class TooManySchemesError(ConflictError):
    """There are as many schemes as there may be."""


class TooManyWhatIfsError(TooManyError):
    """As many what-ifs are computed as may be at once."""


class MonthNotOverError(ConflictError):
    """Days of the month are still to come."""


class MonthClosedError(ConflictError):
    """The month is closed: its statements stay as they are."""


class EarlierMonthOpenError(ConflictError):
    """A month before is not closed; its corrections would be lost."""
