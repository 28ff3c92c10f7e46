"""Anticipated refusals. An error carries a kind; each door gives the kind its own meaning."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Kind(StrEnum):
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"


class ServiceError(Exception):
    """A refusal the caller can understand.

    `errors` are (JSON pointer, detail) pairs that name the fields at fault; `extra` are further
    members of the problem document; `detail` never holds personal data or secrets.
    """

    kind = Kind.INVALID

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        extra: Mapping[str, object] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.retry_after_seconds = retry_after_seconds

    @classmethod
    def slug(cls) -> str:
        """The problem type: the class name in dashes, without its ending."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__.removesuffix("Error")).lower()


class InvalidError(ServiceError):
    kind = Kind.INVALID


class UnauthenticatedError(ServiceError):
    kind = Kind.UNAUTHENTICATED


class ForbiddenError(ServiceError):
    kind = Kind.FORBIDDEN


class NotFoundError(ServiceError):
    kind = Kind.NOT_FOUND


class ConflictError(ServiceError):
    kind = Kind.CONFLICT


class IdempotencyKeyReusedError(ConflictError):
    """An idempotency key came before with another request."""

    def __init__(self) -> None:
        super().__init__(
            "This idempotency key was used before with another request.",
            errors=[("/Idempotency-Key", "used before with another request")],
        )


class TooLargeError(ServiceError):
    kind = Kind.TOO_LARGE


class TooManyError(ServiceError):
    kind = Kind.TOO_MANY


class BusyError(ServiceError):
    kind = Kind.BUSY


class UnavailableError(ServiceError):
    kind = Kind.UNAVAILABLE


def cause_of(error: BaseException) -> str:
    """What may be logged of an error: the class at its root and its SQLSTATE, never its words."""
    root, state = error, None
    ids: set[int] = set()
    while id(root) not in ids:
        ids.add(id(root))
        state = getattr(root, "sqlstate", None) or state
        root = getattr(root, "orig", None) or root.__cause__ or root
    return f"{type(root).__name__} {state}" if isinstance(state, str) else type(root).__name__
