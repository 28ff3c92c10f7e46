"""The states of a submission, and the reasons why one gives no inquiry."""

from enum import StrEnum
from typing import Final


class SubmissionState(StrEnum):
    """`pending` is not read yet; the others are settled."""

    PENDING = "pending"
    NORMALISED = "normalised"
    QUARANTINED = "quarantined"
    IGNORED = "ignored"


class QuarantineReason(StrEnum):
    """Why a submission could not become an inquiry; it is kept, and can be repaired."""

    BAD_JSON = "bad_json"
    BAD_ENCODING = "bad_encoding"
    TOO_DEEP = "too_deep"
    NOT_AN_OBJECT = "not_an_object"
    EMPTY = "empty"
    BAD_MULTIPART = "bad_multipart"
    TOO_MANY_FIELDS = "too_many_fields"
    UNKNOWN_SHAPE = "unknown_shape"
    BAD_MAPPING = "bad_mapping"
    INVALID_BODY = "invalid_body"
    UNKNOWN_ADAPTER = "unknown_adapter"
    PROOF_REUSED = "proof_reused"
    FETCH_FAILED = "fetch_failed"
    NEEDS_CREDENTIALS = "needs_credentials"
    SPAM = "spam"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_HUNGRY = "too_hungry"
    FAILED = "failed"
    CRASHES_THE_PROCESS = "crashes_the_process"


class IgnoreReason(StrEnum):
    """Why a submission that could be read is no inquiry, or no new one."""

    CALL_PHASE = "call_phase"
    NOT_AN_INQUIRY = "not_an_inquiry"
    NOT_A_PURCHASE = "not_a_purchase"
    SUBSCRIPTION_ENDED = "subscription_ended"
    PARTIAL_RESPONSE = "partial_response"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    LOOP = "loop"
    DUPLICATE = "duplicate"
    NO_INQUIRY = "no_inquiry"
    REJECTED = "rejected"
    ERASED = "erased"


# What the filter of mails has ignored, what looked like spam, and what a person then called spam:
# a person may let it through.
RELEASABLE: Final = frozenset(
    {
        *(IgnoreReason.BOUNCE, IgnoreReason.AUTO_REPLY, IgnoreReason.LIST, IgnoreReason.LOOP),
        *(QuarantineReason.SPAM, IgnoreReason.REJECTED),
    }
)
Reason = QuarantineReason | IgnoreReason
# Settled without an inquiry: these can be repaired and normalised again.
SET_ASIDE: Final = frozenset({SubmissionState.QUARANTINED, SubmissionState.IGNORED})
