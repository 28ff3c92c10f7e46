"""What one HTTP server takes from strangers: bytes, counts, seconds; the same in every process."""

from dataclasses import dataclass

HEAD_BYTES = 65_536  # request line and headers of one request
MAX_HEADERS = 100  # header fields of one request
FRAMING_BYTES = 65_536  # chunk sizes, extensions and trailers beyond the size of the body itself
MAX_PIPELINED = 16  # requests that wait on a connection for the answer to an earlier one
MAX_CONNECTIONS = 2000  # of one process
BODY_BUDGET_BYTES = 128 * 1_048_576  # bodies that are being read or worked on, of one process
MAX_BODY_BYTES = 1_048_576  # of a call that does not ask for another limit
UNPROVEN_BYTES = 65_536  # of a body whose sender has not proved who they are
HEAD_SECONDS = 10.0  # from a head's first byte, or from the beginning of a connection
KEEP_ALIVE_SECONDS = 30.0  # between an answer and the next request
BODY_SECONDS = 15.0  # for a body, and a second more for each BODY_PACE_BYTES that have arrived
BODY_PACE_BYTES = 65_536
ANSWER_SECONDS = 30.0  # for a reader to take what fills the write buffer
LINGER_SECONDS = 2.0  # a refused sender has to read the refusal, and any sender to let go
SWEEP_SECONDS = 0.5  # how often overdue connections are looked for


@dataclass(frozen=True, slots=True)
class Limits:
    """Those of one server that its tests lower."""

    connections: int = MAX_CONNECTIONS
    body_budget_bytes: int = BODY_BUDGET_BYTES
    head_seconds: float = HEAD_SECONDS
    keep_alive_seconds: float = KEEP_ALIVE_SECONDS
    body_seconds: float = BODY_SECONDS
    body_pace_bytes: int = BODY_PACE_BYTES
    answer_seconds: float = ANSWER_SECONDS
    linger_seconds: float = LINGER_SECONDS
    sweep_seconds: float = SWEEP_SECONDS
