"""What bounds a request, and what all requests of a process share."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_INTAKE = "services.intake"
_WIRE = "shared.web.limits"

REQUESTS = (
    Chapter(
        "A request",
        (
            Limit(
                "request line and header fields together",
                f"{_WIRE}:HEAD_BYTES",
                BYTES,
                "431; the connection is closed",
            ),
            Limit("header fields", f"{_WIRE}:MAX_HEADERS", COUNT, "431; the connection is closed"),
            Limit(
                "time for a head to arrive, from its first byte or the connection's beginning",
                f"{_WIRE}:HEAD_SECONDS",
                SECONDS,
                "408; the connection is closed",
            ),
            Limit(
                "a body whose sender has not proved to be the source yet",
                f"{_WIRE}:UNPROVEN_BYTES",
                BYTES,
                "401, as for any unknown sender; signed bodies are read to their own limit",
            ),
            Limit(
                "a body, unless it is a mail",
                f"{_INTAKE}.settings:Settings.body_bytes",
                BYTES,
                "413",
            ),
            Limit(
                "a mail with its attachments",
                f"{_INTAKE}.settings:Settings.mail_body_bytes",
                BYTES,
                "413",
            ),
            Limit(
                "time for a body to arrive",
                f"{_WIRE}:BODY_SECONDS",
                SECONDS,
                "408; the connection is closed",
            ),
            Limit(
                "for each so much of it that has arrived, a second more",
                f"{_WIRE}:BODY_PACE_BYTES",
                BYTES,
                "as above",
            ),
            Limit(
                "chunk sizes, extensions and trailers, beyond as much as the body itself",
                f"{_WIRE}:FRAMING_BYTES",
                BYTES,
                "400; the connection is closed",
            ),
            Limit("a body of any other call", "shared.web.limits:MAX_BODY_BYTES", BYTES, "413"),
            Limit(
                "requests that wait for their commit",
                f"{_INTAKE}.settings:Settings.queue_requests",
                COUNT,
                "503 with `Retry-After`",
            ),
            Limit(
                "bytes that wait for their commit",
                f"{_INTAKE}.settings:Settings.queue_bytes",
                BYTES,
                "503 with `Retry-After`",
            ),
            Limit(
                "time for a commit",
                f"{_INTAKE}.settings:Settings.commit_seconds",
                SECONDS,
                "503 with `Retry-After`; sending again under the same key does not double",
            ),
        ),
    ),
    Chapter(
        "Connections and memory of one process",
        (
            Limit(
                "open connections",
                f"{_WIRE}:MAX_CONNECTIONS",
                COUNT,
                "the one that has waited longest goes; where all are served, 503",
            ),
            Limit(
                "bodies that are being read or worked on, all together",
                f"{_WIRE}:BODY_BUDGET_BYTES",
                BYTES,
                "503 with `Retry-After` to whoever still sends",
            ),
            Limit(
                "bodies for hooks whose senders are not recognised yet, all together",
                f"{_INTAKE}.routes.ingest.endpoint:STRANGERS_BYTES",
                BYTES,
                "503 with `Retry-After`",
            ),
            Limit(
                "time between an answer and the next request",
                f"{_WIRE}:KEEP_ALIVE_SECONDS",
                SECONDS,
                "the connection is closed",
            ),
            Limit(
                "time for a reader to take what fills the buffer of an answer",
                f"{_WIRE}:ANSWER_SECONDS",
                SECONDS,
                "the connection is cut off",
            ),
            Limit(
                "requests that wait on a connection for the answer to an earlier one",
                f"{_WIRE}:MAX_PIPELINED",
                COUNT,
                "they are answered, then the connection is closed",
            ),
        ),
    ),
    Chapter(
        "The machine below",
        (
            Limit(
                "free space of the database's disk, where its folder is known",
                "shared.web.health:LEAST_FREE_BYTES",
                BYTES,
                "below it `/health/ready` is 503 and names `disk`",
            ),
            Limit(
                "time in which a part shows that it works",
                "shared.web.health:CHECK_SECONDS",
                SECONDS,
                "`/health/ready` is 503 and names it",
            ),
            Limit(
                "lines of log that wait for a slow reader or disk",
                "shared.observability.sink:MAX_WAITING",
                COUNT,
                "dropped, counted in `leadflow_log_lines_dropped`",
            ),
            Limit(
                "characters of a line of log",
                "shared.observability.sink:MAX_CHARACTERS",
                COUNT,
                "the rest is cut off",
            ),
        ),
    ),
)
