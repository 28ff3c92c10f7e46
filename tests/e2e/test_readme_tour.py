"""README's tour, typed as it is written into one shell, does what README says it does."""

import asyncio
import os
import re
from pathlib import Path

import pytest

from tests.e2e.conftest import StackOf
from tests.support.stack import ROOT, Stack

pytestmark = pytest.mark.e2e
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED_SECONDS = 300.0


def tour() -> list[str]:
    """The shell blocks of the section, in order."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Fifteen minutes\n", 1)[1]
    return BLOCK.findall(section.split("\n## ", 1)[0])


async def typed(blocks: list[str], stack: Stack, tmp_path: Path) -> list[str]:
    """What each block printed; all of them in one session that ends at the first failure."""
    script = tmp_path / "tour.sh"
    script.write_text("set -eu\n" + "\nprintf '\\036'\n".join(blocks), encoding="utf-8")
    shell = await asyncio.create_subprocess_exec(
        "bash",
        str(script),
        cwd=ROOT,
        env={**os.environ, "LEADFLOW": stack.url, "LEADFLOW_DATA": str(stack.data)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, complained = await asyncio.wait_for(shell.communicate(), TYPED_SECONDS)
    finally:
        if shell.returncode is None:
            shell.kill()
            await shell.wait()
    words = said.decode()
    assert shell.returncode == 0, f"{words[-3000:]}\n{complained.decode()[-3000:]}"
    return words.split("\036")


@pytest.mark.curl
async def test_the_tour_works_as_it_is_typed(stack_of: StackOf, tmp_path: Path) -> None:
    blocks = tour()
    stack = await stack_of("--sample")
    _helpers, inquiry, lead, taken, counted, hook, broken = await typed(blocks, stack, tmp_path)
    assert '"+79161234567"' in inquiry
    assert '"same": true' in lead
    assert '"accepted_at": "2' in taken
    assert '"Will come on Friday"' in taken
    kinds = ("inquiry.received", "lead.opened", "lead.assigned", "lead.accepted")
    assert all(f'"{kind}"' in counted for kind in kinds)
    assert "Will come on Friday" in counted
    assert '"contacted": 1' in counted
    assert counted.rstrip().endswith("difference: 0")
    assert '"receipt_id"' in hook
    assert '"bad_json"' in broken
    assert re.search(r"^repaired: [0-9a-f-]{36}$", broken, re.MULTILINE)
