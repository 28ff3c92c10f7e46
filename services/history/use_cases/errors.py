"""Errors of changes to the customer base."""

from shared.errors import ConflictError


class StaleVersionError(ConflictError):
    """The caller's version of the labels, the definition or the segment is not the present one."""


class DefinitionInUseError(ConflictError):
    """Contacts or segments use the tag or the field."""


class DefinitionLimitError(ConflictError):
    """There are as many tags or fields as there may be."""


class FieldTypeError(ConflictError):
    """A field keeps the type that it was defined with."""


class SegmentExistsError(ConflictError):
    """Another segment has the name."""


class SegmentLimitError(ConflictError):
    """There are as many segments as there may be."""


class ErasedContactError(ConflictError):
    """The person was erased: nothing is written about them any more."""
