"""Folders and stacks of the end-to-end tests; whatever a test leaves running is ended here."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.browsing import PATIENCE, open_browser
from tests.support.stack import Stack

StackOf = Callable[..., Awaitable[Stack]]


@pytest.fixture
def folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="lf-e2e-"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture
async def stack_of(folder: Path) -> AsyncIterator[StackOf]:
    """What starts a stack and returns when it is ready; call it with arguments of `up`."""
    started: list[Stack] = []

    async def start(
        *arguments: str,
        seconds: float = 90.0,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Stack:
        stack = Stack(
            folder / f"state-{len(started)}", arguments=arguments, environment=environment
        )
        started.append(stack)
        stack.launch()
        await stack.ready(seconds=seconds)
        return stack

    yield start
    for stack in started:
        stack.stop()


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One running Leadflow for all pages."""
    stack = Stack(tmp_path_factory.mktemp("page") / "state")
    try:
        stack.launch()
        await stack.ready(seconds=90)
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def url(stack: Stack) -> str:
    return stack.url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    async with open_browser() as browser:
        yield browser
