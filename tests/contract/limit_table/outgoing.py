"""What bounds what routing tells others: the stream and webhooks."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_USE = "services.routing.use_cases"
_TERMS = "shared.web.standard_webhooks"

OUTGOING = (
    Chapter(
        "The stream, and outgoing webhooks",
        (
            Limit(
                "streams that one token follows at a process",
                f"{_USE}.stream.reading:MAX_STREAMS_OF_TOKEN",
                COUNT,
                "429",
            ),
            Limit(
                "streams of one process",
                f"{_USE}.stream.reading:MAX_STREAMS",
                COUNT,
                "503 with `Retry-After`",
            ),
            Limit(
                "events that a follower may be behind",
                f"{_USE}.stream.followers:MAX_WAITING",
                COUNT,
                "it is cut off, and goes on from its place",
            ),
            Limit(
                "events after which a place in the stream is too old",
                f"{_USE}.stream.reading:MAX_RESUMED",
                COUNT,
                "`reset`, reason `too_old`",
            ),
            Limit("webhooks", f"{_USE}.webhooks.configure:MAX_WEBHOOKS", COUNT, "409"),
            Limit(
                "time for a receiver's answer",
                "shared.web.receiver_client:HEAD_SECONDS",
                SECONDS,
                "a failure; tried again",
            ),
            Limit(
                "how long an event is tried",
                f"{_TERMS}:TRYING",
                SECONDS,
                "given up; a receiver that takes nothing is switched off",
            ),
            Limit(
                "a receiver's `Retry-After`", f"{_TERMS}:LONGEST_WISH", SECONDS, "tried before it"
            ),
            Limit(
                "of a receiver's answer that is read",
                f"{_TERMS}:MAX_ANSWER_BYTES",
                BYTES,
                "the rest is not read",
            ),
            Limit("characters of it in the log", f"{_TERMS}:MAX_EXCERPT", COUNT, "the rest is cut"),
        ),
    ),
)
