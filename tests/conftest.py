"""What every test may ask for, and the one switch that leaves real Kafka out, said aloud."""

import gc
import sys

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from tests.support import summary
from tests.support.groups import Groups, long_first
from tests.support.infrastructure import (
    _administrator,
    _templates,
    empty_database,
    kafka_bootstrap,
    migrated_database,
    postgres_cluster,
)

__all__ = [
    "_administrator",
    "_templates",
    "empty_database",
    "kafka_bootstrap",
    "migrated_database",
    "postgres_cluster",
]

# A busy machine draws and tries examples late: that says nothing of what is tested.
settings.register_profile("by chance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Whoever changes something else must not meet by chance what nobody has met before.
settings.register_profile("unchanging", settings.get_profile("by chance"), derandomize=True)
settings.load_profile("unchanging")

_left_out = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-kafka",
        action="store_true",
        help="leave out the tests that need a real Apache Kafka (counted in the summary)",
    )
    parser.addoption(
        "--fault-seconds",
        type=float,
        default=8.0,
        help="how long each outage of the fault tests lasts (60 for the long run)",
    )
    parser.addoption(
        "--minutes",
        type=float,
        help="how long tests/attacks posts hostile bodies, and companies live (long run: 60); "
        "usually so many of them, which are the same on every machine",
    )
    parser.addoption(
        "--companies",
        type=int,
        default=0,
        help="how many companies by chance tests/integration/truth lives, from --seed on",
    )
    parser.addoption(
        "--seed",
        type=int,
        default=0,
        help="the first of them, and of lives and bodies, to do the same again (0: the usual ones)",
    )
    parser.addoption(
        "--by-chance",
        action="store_true",
        help="draw other examples, companies, lives and bodies than usual; the seeds are told",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--by-chance") or config.getoption("--hypothesis-seed") is not None:
        settings.load_profile("by chance")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Groups:
    return Groups(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        long_first(items)
    if not config.getoption("--without-kafka"):
        return
    needing = [item for item in items if _needs_kafka(item)]
    items[:] = [item for item in items if not _needs_kafka(item)]
    config.stash[_left_out] = len(needing)
    config.hook.pytest_deselected(items=needing)


def pytest_collection_finish() -> None:
    if "fastapi" in sys.modules:
        from tests.support.shared_routes import share_routes  # noqa: PLC0415 (else nobody needs it)

        share_routes()
    if "structlog" in sys.modules:
        from structlog.dev import ConsoleRenderer, plain_traceback  # noqa: PLC0415 (as above)

        # With all that the variables held, an error took seconds to print, in tests that pass.
        ConsoleRenderer.get_active().exception_formatter = plain_traceback
    # Spare the collector the modules and the tests themselves, which stay to the end.
    gc.freeze()


def _needs_kafka(item: pytest.Item) -> bool:
    asked = getattr(item, "fixturenames", ())
    return item.get_closest_marker("kafka") is not None or "kafka_bootstrap" in asked


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if _left_out in config.stash:
        terminalreporter.write_line(
            f"WITHOUT KAFKA: {config.stash[_left_out]} tests were left out by --without-kafka",
            yellow=True,
            bold=True,
        )
    summary.write(terminalreporter)
