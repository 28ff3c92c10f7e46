"""What a test has to tell besides its verdict: a line below it in the summary of every run."""

import pytest

SUMMARY = "summary"  # the property whose values are told: `record_property(SUMMARY, "…")`


def write(reporter: pytest.TerminalReporter) -> None:
    """One line for each value, whatever became of the test."""
    for reports in reporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                for name, value in report.user_properties:
                    if name == SUMMARY:
                        reporter.write_line(f"{report.nodeid}: {value}")
