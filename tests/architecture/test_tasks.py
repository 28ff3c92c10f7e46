"""A task that lives long is a loop under `shared.runtime.keep`; any other is awaited by its maker.

Every place that makes a task or a thread stands here with the reason why it needs no keeper.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from shared.runtime.loop import REST_BEAT_SECONDS
from tests.architecture.tree import PRODUCT, parsed, python, shown

MAKERS = {
    "create_task", "ensure_future", "TaskGroup", "Thread", "run_coroutine_threadsafe",
    "run_in_executor", "to_thread", "Process", "Timer",
}  # fmt: skip
# "module:function" → why what is made there cannot end unnoticed.
AWAITED = {
    "shared/runtime/loop.py:running": "the keepers themselves; `keep` ends by cancellation only",
    "services/intake/routes/ingest/group_commit.py:start": (
        "under `keep`, and stopped after its queue"
    ),
    "services/intake/routes/ingest/evidence.py:_fetched": (
        "one fetch, bounded in time, awaited by all who wait for it"
    ),
    "services/intake/routes/ingest/source_cache.py:reload": (
        "one load, awaited by all who wait for it"
    ),
    "services/intake/use_cases/fetch.py:fetch_all": "fetches, bounded, awaited by the group",
    "services/intake/use_cases/fetch.py:start_due": "one fetch, bounded in time, of that group",
    "services/routing/use_cases/webhooks/sender.py:_start": "one try, bounded in time, of a group",
    "services/routing/use_cases/webhooks/sender.py:send_for_ever": "tries, awaited by their group",
    "services/intake/repository/arrivals.py:in_time": "one statement, waited for in time",
    "services/intake/use_cases/bodies.py:body_file": "one write, awaited",
    "services/intake/use_cases/mailboxes/watch.py:_follow": "the keepers, ended with their loop",
    "services/intake/use_cases/mailboxes/watch.py:call": "one call of a client, awaited",
    "services/kpi/routes/forecasts.py:create_forecast": "one forecast, made apart, awaited",
    "services/kpi/routes/lines.py:read_body": "one table, read apart, awaited",
    "services/kpi/routes/planning.py:seasonality": "one past, looked through apart, awaited",
    "services/kpi/repository/money/sale_days.py:apart": "a thread, awaited",
    "services/kpi/use_cases/plan/cuts.py:list_errors": "one order, found apart, awaited",
    "services/kpi/use_cases/marketing/advice.py:show_advice": "draws of months, apart, awaited",
    "services/kpi/routes/digests.py:preview_report": "one workbook, written apart, awaited",
    "services/kpi/routes/digest_sections.py:read_parts": "one part, put in words apart, awaited",
    "services/kpi/use_cases/deliveries/tries.py:try_for_ever": "tries, awaited by their group",
    "services/kpi/use_cases/deliveries/tries.py:start_waiting": "one try, in time, of a group",
    "services/kpi/use_cases/digests/send.py:_try": "one mail, written apart, awaited",
    "services/kpi/use_cases/load/sums.py:find_sums": "sums over many changes, apart, awaited",
    "services/kpi/use_cases/load/sums.py:find_company_sums": "the same, apart, awaited",
    "services/kpi/use_cases/load/items.py:_stretches": "the same, apart, awaited",
    "services/kpi/use_cases/load/whole.py:peak_at": "the same, apart, awaited",
    "services/kpi/use_cases/reports/waits.py:_worked": "working time of many leads, apart, awaited",
    "services/kpi/use_cases/reports/waits.py:_counted": "many leads of days, apart, awaited",
    "services/kpi/repository/reports/day_blocks.py:_entries": "the same, apart, awaited",
    "services/kpi/repository/reports/day_blocks.py:count": "the same, apart, awaited",
    "services/kpi/repository/reports/kept_waits.py:_columns": "the same, apart, awaited",
    "services/kpi/use_cases/reports/response_steps.py:show_steps": "the same, apart, awaited",
    "services/kpi/use_cases/reports/drill_down.py:list_step": "the same, apart, awaited",
    "services/kpi/routes/exports.py:table": "lines of one part of it, apart, awaited",
    "services/kpi/routes/exports.py:_sent": "one table, written apart, awaited",
    "services/kpi/routes/exports.py:pieces": "one read of it, awaited",
    "services/routing/routes/calendars.py:read_calendar_of": "one file, written apart, awaited",
    "services/routing/routes/calendars.py:put_calendar_file": "one file, read apart, awaited",
    "services/routing/routes/calendars.py:list_duty": "one calendar, resolved apart, awaited",
    "services/history/use_cases/story/sheets.py:workbook": "one page of rows, awaited",
    "deploy/embedded/operations/rebuild.py:_walk": "one walk, awaited while its progress is told",
    "services/history/use_cases/segments/export.py:_csv": "a page of lines, awaited",
    "services/history/use_cases/segments/export.py:_xlsx": "pages of a workbook, awaited",
    "shared/spool.py:write": "one write, awaited",
    "shared/spool.py:pieces": "one read, awaited",
    "shared/connections.py:give_back": "taking leave of one connection, bounded and awaited",
    "shared/runtime/deadline.py:within": "one call, waited for within a deadline",
    "shared/messaging/log/kafka/client.py:drop": "the end of a client, bounded, awaited by `ended`",
    "shared/messaging/log/kafka/subscription.py:_commit_soon": "one commit, bounded; ended with it",
    "shared/runtime/leader.py:run": "a wait for the lease, watched by the loop that made it",
    "shared/runtime/leader.py:_run_until_lost": "a leader's loop, awaited inside a kept loop",
    "shared/sandbox/child.py:main": "reads requests of a process apart; its end ends the process",
    "shared/sandbox/process.py:_end": "the end of a process apart, awaited by `close`",
    "shared/web/http_connection.py:_start_asgi_task": "one request, counted until it ends",
    "shared/observability/sink.py:_ensure_thread": "made anew by the next line if it has died",
    "services/kpi/use_cases/plan/control.py:_plan": "a thread that adds up cells, awaited",
    "services/kpi/use_cases/plan/create.py:_cube": "a thread that adds up cells, awaited",
    "services/kpi/routes/plan_files.py:import_plan": "one table, read apart, awaited",
    "services/kpi/use_cases/plan/files.py:write_cube": "rows of a workbook, awaited",
    "services/kpi/use_cases/plan/filing.py:_file": "a thread that compares cells, awaited",
    "services/kpi/use_cases/plan/lines.py:_extend": "a thread that moves cells, awaited",
    "services/kpi/use_cases/plan/nodes.py:_sums": "a thread that adds up cells, awaited",
    "services/kpi/use_cases/plan/setting.py:_outcome": "a thread that adds up cells, awaited",
    "services/kpi/use_cases/plan/setting.py:preview": "a thread that adds up cells, awaited",
    "deploy/embedded/serving.py:_until_signal": "the launcher's own work, awaited to its end",
    "deploy/embedded/topology.py:one_process": "the HTTP server; its end ends the launcher",
    "deploy/embedded/up.py:_while_loading": "a thread that is joined",
    "deploy/embedded/preparation.py:keep_tokens": "one renewal, awaited inside a kept loop",
    "deploy/embedded/operations/backup.py:_dump": "one program, awaited",
    "deploy/embedded/operations/backup.py:_fill": "one program, awaited",
    "deploy/embedded/demo/command.py:_until_interrupted": "the demo's own work, awaited",
    "deploy/embedded/demo/command.py:_through_the_day": "a line on the screen of a short command",
    "deploy/embedded/demo/command.py:_stay": "awaited",
    "deploy/embedded/demo/replay.py:replay": "posts of a finite day, awaited by their group",
    "deploy/embedded/demo/staff.py:keep": "stories of a finite day, awaited by their group",
    "deploy/embedded/demo/staff.py:at_work": "desks of a finite day, awaited by their group",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _places(path: Path) -> Iterator[str]:
    def walk(node: ast.AST, function: str) -> Iterator[str]:
        for inner in ast.iter_child_nodes(node):
            name = inner.name if isinstance(inner, FUNCTIONS) else function
            if isinstance(inner, ast.Call):
                maker = ast.unparse(inner.func).rsplit(".", 1)[-1]
                if maker in MAKERS:
                    yield f"{shown(path)}:{function}"
            yield from walk(inner, name)

    yield from walk(parsed(path), "")


def _made_in() -> set[str]:
    folders = [folder for folder in PRODUCT if folder != "benchmarks"]
    return {place for path in python(*folders) for place in _places(path)}


def test_no_task_lives_without_a_keeper() -> None:
    unknown = _made_in() - AWAITED.keys()

    assert not unknown, f"make it a Loop, or say here who awaits it: {sorted(unknown)}"


def test_the_list_names_only_what_is_there() -> None:
    assert AWAITED.keys() <= _made_in()


def _long_waits(path: Path) -> Iterator[str]:
    """Waits for a wake-up, by a constant of the module, that may outlast a loop's good name."""
    constants = {
        ast.unparse(target): node.value.value
        for node in parsed(path).body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, float)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("wakeup.wait"):
            seconds = [ast.unparse(word.value) for word in node.keywords if word.arg == "seconds"]
            if constants.get("".join(seconds), 0) > REST_BEAT_SECONDS:
                yield f"{shown(path)}: {ast.unparse(node)}"


def test_a_loop_that_waits_for_long_is_not_called_stalled() -> None:
    waits = [wait for path in python("services", "shared", "deploy") for wait in _long_waits(path)]

    assert not waits, f"attend with `Progress.attend`, which beats: {waits}"
