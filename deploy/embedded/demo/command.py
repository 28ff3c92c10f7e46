"""`leadflow demo`: its arguments, its course from the first post to the summary, its end."""

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.embedded.demo import sample
from deploy.embedded.demo.calling import every, open_client
from deploy.embedded.demo.day import Day
from deploy.embedded.demo.plan import Plan, plan_day
from deploy.embedded.demo.replay import replay, until_settled
from deploy.embedded.demo.stack import days_seen, remember_day, running_stack
from deploy.embedded.demo.staff import Office, at_work
from deploy.embedded.demo.summary import count, count_whole, show, show_links
from deploy.embedded.environment import ROOT
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder, choose_folder
from shared.clock import system_clock

DEFAULT_SPEED = 720.0  # the day lasts two minutes
LOOK_SECONDS = 0.2
INTERRUPTED = 130


@dataclass(frozen=True)
class Options:
    folder: Folder
    port: int
    speed: float
    seed: int
    leave: bool


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1 <= speed <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 1000000")
    return speed


def parse(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="leadflow demo",
        description="A day in the life of an invented company, replayed faster than it passes.",
    )
    parser.add_argument("--speed", type=_speed, default=DEFAULT_SPEED, help="720: two minutes")
    parser.add_argument(
        "--seed", type=int, help="which day; without it, one this folder has not had"
    )
    parser.add_argument("--data", help="the data folder (LEADFLOW_DATA, else .leadflow)")
    parser.add_argument("--port", type=int, default=8080, help="for a Leadflow of its own")
    parser.add_argument("--exit", action="store_true", help="end after the summary")
    namespace = parser.parse_args(arguments)
    folder = choose_folder(namespace.data, environment=os.environ, root=ROOT)
    seed = namespace.seed if namespace.seed is not None else max(days_seen(folder), default=0) + 1
    return Options(folder, namespace.port, namespace.speed, seed, namespace.exit)


def main(arguments: Sequence[str]) -> int:
    """The exit code. Raises LauncherError for what a person can put right."""
    options = parse(arguments)
    console = Console()
    # Interrupts are handled inside, so that the stack is stopped in order.
    return asyncio.run(_until_interrupted(options, console))


async def _until_interrupted(options: Options, console: Console) -> int:
    loop = asyncio.get_running_loop()
    work = asyncio.create_task(_run(options, console))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        console.print("stopped")
        return INTERRUPTED
    except BaseExceptionGroup as failures:
        raise _cause(failures) from None


def _cause(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first thing that a person can put right, else everything that went wrong."""
    repairable = failures.subgroup(LauncherError)
    cause: BaseException = repairable or failures
    while repairable is not None and isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause


async def _run(options: Options, console: Console) -> int:
    console.print(f"preparing Leadflow on {options.folder.path} …", soft_wrap=True)
    async with running_stack(options.folder, port=options.port) as (url, ours):
        token = options.folder.admin_token.read_text(encoding="ascii").strip()
        console.print(f"it runs at {url}", soft_wrap=True)
        await sample.load(url, token)
        async with open_client(url, token) as admin:
            whole = await _live(options, console, admin, url=url)
        show_links(console, url, token=str(options.folder.admin_token))
        if ours and not options.leave:
            await _stay(console, url, options.folder.admin_token)
    return 0 if whole else 1


async def _live(options: Options, console: Console, admin: httpx.AsyncClient, *, url: str) -> bool:
    """The day and its summary. Whether nothing was lost: the unreconciled inquiries is 0."""
    plan = plan_day(options.seed)
    before = await count(admin, now=system_clock())
    pipelines = [line async for line in every(admin, "/routing/v1/pipelines")]
    day = Day(options.speed)
    office = Office(options.seed, day, admin, stages=pipelines[0]["stages"])
    async with (
        at_work(office, url=url, files=options.folder.mint),
        open_client(url) as out,
    ):
        with _progress(console) as progress:
            waiting = await _through_the_day(plan, day, office, out, progress)
    remember_day(options.folder, options.seed)
    after = await count_whole(admin, now=system_clock())
    show(console, plan, before, after, speed=options.speed)
    if waiting:
        console.print(f"{waiting} leads still wait for somebody with room")
    return after.difference == 0


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("[bold]{task.fields[time]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        console=console,
    )


async def _through_the_day(
    plan: Plan, day: Day, office: Office, client: httpx.AsyncClient, progress: Progress
) -> int:
    bar = progress.add_task("", total=len(plan.posts), time=day.clock())

    async def show_progress() -> None:
        while True:
            did = office.did
            words = f"accepted {did['accept']} · won {did['won']} · lost {did['lost']}"
            progress.update(bar, time=day.clock(), description=words)
            await asyncio.sleep(LOOK_SECONDS)

    display = asyncio.create_task(show_progress())
    try:
        await replay(plan, day, client, on_sent=lambda: progress.advance(bar))
        return await until_settled(office, day)
    finally:
        display.cancel()


async def _stay(console: Console, url: str, token_file: Path) -> None:
    """Runs until Ctrl-C, which is then an ordinary end."""
    console.print("Ctrl-C stops it")
    keeping = asyncio.create_task(sample.keep_on_duty(url, token_file, clock=system_clock))
    try:
        await keeping
    except asyncio.CancelledError:
        keeping.cancel()
