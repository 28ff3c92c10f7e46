"""Structured logs. Only names from an allow-list carry values; tracebacks never show locals.

So no phone, e-mail, body or token can reach a log by way of a forgotten keyword. Invariant: a log
call never raises and never waits; lines that cannot be made are counted.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from shared.observability.sink import Sink, count_unsaid, protect_streams

# What may be logged of a thing: names, counts, ids, states. Everything else is left out.
ALLOWED = frozenset(
    {
        "adapter", "alert_id", "attempt", "attempts", "begin", "bytes", "check", "code",
        "contact_id", "count", "day", "decision_id", "delivery_id", "difference", "epoch",
        "error", "event", "event_id", "event_type", "events", "holder", "inquiry_id", "items",
        "kind", "lead_id", "lease", "level", "line", "log_id", "loop", "manager_id", "method",
        "name", "offset", "partition", "path", "pid", "pool", "port", "process", "producer",
        "reason", "receipt_id", "recipient_id", "report_id", "restarts", "root", "round",
        "route", "seconds", "service", "source_id", "sqlstate", "stack", "state", "status",
        "submission_id", "times", "timestamp", "topic", "trace_id", "url", "version",
        "webhook_id", "where",
    }
)  # fmt: skip
MAX_VALUE = 1000  # characters


def _allowed_only(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, int | float | bool | None) else str(value)[:MAX_VALUE]
        for key, value in entry.items()
        if key in ALLOWED
    }


def _error_without_message(
    _logger: Any, _name: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the exception by its class and where it arose."""
    # Its message may quote what a customer wrote.
    info = entry.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    if error is not None:
        entry["error"], entry["where"] = type(error).__name__, _where(error)
    return entry


def _where(error: BaseException) -> str:
    """The innermost frames, as file and line."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)


class LibraryFormatter(logging.Formatter):
    """A library's line; of an error, too, only its class and where it arose."""

    # The traceback would quote the error's message, and asyncio repeats it in its further lines.

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return f"{record.name} {record.getMessage()}"
        first_line = record.msg.partition("\n")[0] if isinstance(record.msg, str) else ""
        return f"{record.name} {first_line} {type(error).__name__} {_where(error)}"


def _unfailing(level: int) -> Any:
    """A bound logger whose calls come back even when a line cannot be made or written."""
    filtering: Any = structlog.make_filtering_bound_logger(level)

    class UnfailingLogger(filtering):  # type: ignore[misc]
        # By position alone: `name`, or any other word, may be a value of the line.
        def _proxy_to_logger(self, level: str, event: str | None = None, /, **values: Any) -> Any:
            try:
                return super()._proxy_to_logger(level, event, **values)
            except Exception:  # noqa: BLE001  who logs has something more important to do
                count_unsaid()

    return UnfailingLogger


def set_up_logging(*, level: str, form: str, stream: TextIO | Sink | None = None) -> None:
    """Send everything to `stream`, else to standard error, as JSON lines or readable text."""
    protect_streams()
    target: Any = stream or sys.stderr
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=target.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _error_without_message,
            _allowed_only,
            renderer,
        ],
        wrapper_class=_unfailing(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(LibraryFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
