"""The pytest plugin by which `./leadflow test` learns which programs the chosen tests use."""

import pytest

from deploy.embedded.operations.check import USES
from deploy.embedded.programs import PROGRAMS


def pytest_collection_finish(session: pytest.Session) -> None:
    marks = {mark.name for item in session.items for mark in item.iter_markers()}
    names = [program.name for program in PROGRAMS if program.name in marks]
    print(f"\n{USES}{' '.join(names)}")  # noqa: T201  read by the command that collects
