"""`leadflow sources`: the ways in by the command line, over HTTP as an operator has it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from deploy.embedded import cli
from services.intake.channels.apart import TARGET
from services.intake.use_cases.importing import (
    MAX_WORKBOOK_BYTES,
    MAX_WORKBOOK_TEXT,
    Importer,
    imports_loop,
)
from services.intake.use_cases.interpret import Reader, new_sandbox
from shared.runtime.loop import running
from shared.sandbox.process import Sandbox
from shared.workbook_tables import TARGET as WORKBOOKS
from tests.integration.intake.harness import House

TYPEFORM = ("add", "typeform", "--key", "quiz", "--secret", "secret=first-s3cret")


class Command:
    """The command line against a running intake; `said` is what it printed last."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.said = ""
        self.complaint = ""

    async def __call__(self, *words: str) -> int:
        name, *rest = words if words[0] == "import" else ("sources", *words)
        arguments = [name, "--data", str(self.folder), *rest]
        code = await asyncio.to_thread(cli.main, arguments)
        self.said, self.complaint = self.capsys.readouterr()
        return code


@pytest.fixture
async def command(
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Command]:
    app = Starlette(routes=[Mount("/intake", app=house.app)])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
        serving = asyncio.create_task(server._serve(sockets=[listening]))
        monkeypatch.setenv("LEADFLOW_URL", f"http://127.0.0.1:{listening.getsockname()[1]}/")
        monkeypatch.setenv("LEADFLOW_TOKEN", house.token("admin"))
        yield Command(tmp_path / "data", capsys)
        server.should_exit = True
        await serving


async def test_a_source_is_added_listed_tried_and_its_secret_rotated(
    command: Command, house: House, tmp_path: Path
) -> None:
    assert await command(*TYPEFORM, "--set", "country=DE", "--set", 'networks=["203.0.113.9"]') == 0
    assert command.said.endswith("/intake/v1/hooks/quiz\n")
    assert await command("list") == 0
    assert "quiz" in command.said
    assert "s3cret" not in command.said
    assert await command("list", "--json") == 0
    (source,) = [one for one in json.loads(command.said) if one["key"] == "quiz"]
    assert (source["country"], source["networks"]) == ("DE", ["203.0.113.9/32"])
    assert await command("test", "quiz") == 0
    assert json.loads(command.said)["inquiries"][0]["campaign"]["form_name"] == "Webhooks example"

    secret = tmp_path / "secret"
    secret.write_text("second-s3cret\n")
    assert await command("rotate", "quiz", "--secret", f"secret=@{secret}") == 0
    assert command.said.startswith("the former live until 2026-03-03")
    stored = await house.get("/v1/sources/quiz")
    assert (stored["country"], stored["networks"]) == ("DE", ["203.0.113.9/32"])
    assert await command("rotate", "quiz", "--secret", "secret=second-s3cret") == 0
    assert command.said.startswith("the former live until")


async def test_a_body_of_ones_own_is_tried(command: Command, tmp_path: Path) -> None:
    assert await command("add", "generic-json", "--key", "odd") == 0
    lead = tmp_path / "lead.json"
    lead.write_text('{"phone": "+79161234567", "имя": "Анна"}', encoding="utf-8")
    assert await command("test", "odd", "--file", str(lead)) == 0
    assert json.loads(command.said)["inquiries"][0]["contact"]["name"] == "Анна"
    lead.write_text("{")
    assert await command("test", "odd", "--file", str(lead)) == 1
    assert json.loads(command.said) == {"reason": "bad_json"}
    lead.write_bytes(b"\xff\xfe\x00")
    assert await command("test", "odd", "--file", str(lead)) == 1
    assert "UTF-8" in command.complaint


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "no-such"), "/adapter is one of"),
        (("add", "typeform"), "/secrets/secret adapter typeform needs this secret"),
        (("add", "tilda", "--key", "a"), "/key"),
        (("add", "tilda", "--secret", "api_key="), "the secret api_key is empty"),
        (("add", "tilda", "--secret", "api_key=@/no/such/file"), "/no/such/file: No such file"),
        (("add", "tilda", "--set", "time_zone"), "MEMBER=JSON"),
        (("add", "tilda", "--set", "time_zone=Mars/Base"), "/time_zone"),
        (("test", "nobody-there"), "There is no such source."),
        (("rotate", "nobody-there", "--secret", "a=b"), "There is no such source."),
    ],
)
async def test_a_refusal_is_one_line_that_names_the_fault(
    command: Command, words: tuple[str, ...], complaint: str
) -> None:
    assert await command(*words) == 1
    assert command.said == ""
    assert complaint in command.complaint
    assert command.complaint.count("\n") == 1


async def test_a_token_of_no_admin_and_a_dead_address(
    command: Command, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADFLOW_TOKEN", house.token("supervisor"))
    assert await command("list") == 1
    assert command.complaint.startswith("leadflow: ")
    monkeypatch.setenv("LEADFLOW_URL", "http://127.0.0.1:1")
    assert await command("list") == 1
    assert "does not answer" in command.complaint
    monkeypatch.delenv("LEADFLOW_URL")
    assert await command("list") == 1
    assert "nothing runs on" in command.complaint


async def test_a_table_is_tried_and_imported(
    command: Command, house: House, tmp_path: Path
) -> None:
    await house.source(key="lists", adapter="csv-import")
    table = tmp_path / "list.csv"
    table.write_text("Кто;Тел.\nАнна;+7 916 123-45-67\nБорис;нет\n", encoding="cp1251")
    workbooks = Sandbox(WORKBOOKS, memory_bytes=MAX_WORKBOOK_BYTES, answer_bytes=MAX_WORKBOOK_TEXT)
    importer = Importer(house.database, house.time, Reader(new_sandbox(TARGET)), workbooks)
    async with running([imports_loop(importer)]):
        words: tuple[str, ...] = (
            "import",
            str(table),
            "--source",
            "lists",
            "--map",
            "Кто=contact.name",
        )
        words += ("--map", "Тел.=contact.phones", "--set", "product_interest=Окна")
        assert await command(*words, "--dry-run") == 1
        assert "Борис" in command.said
        assert "1 rows at fault" in command.said
        assert await house.normalise() == 0
        assert await command(*words) == 1
        assert await house.normalise() == 1
        assert await command(*words) == 1
        assert "again=true" in command.complaint
    (inquiry,) = (await house.get("/v1/inquiries"))["items"]
    assert (inquiry["contact"]["name"], inquiry["product_interest"]) == ("Анна", "Окна")
