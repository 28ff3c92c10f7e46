"""A real IMAP server of the test's own: Dovecot, with one user and mails as files of a folder."""

import asyncio
import os
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from deploy.embedded.processes.machine import free_port
from tests.support.waiting import eventually

PASSWORD: Final = 'пароль \\ "1"'
USER: Final = "leads@shop.example"
_PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
_NUMBERS = count(1)
_SERVICES = ("imap-login", "imap", "anvil", "auth", "auth-worker", "stats", "log")
_OF_2_3 = """
protocols = imap
mail_location = maildir:{folder}/mail
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
disable_plaintext_auth = no
"""
_OF_2_4 = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols = imap
mail_driver = maildir
mail_path = {folder}/mail
passdb passwd-file {{
  passwd_file_path = {folder}/users
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/home
  }}
}}
auth_allow_cleartext = yes
"""
_ALL = """
base_dir = {folder}/run
log_path = {folder}/log
ssl = no
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mailbox_list_index = no
"""


@dataclass(eq=False)
class Dovecot:
    folder: Path
    port: int
    owner: int

    def deliver(self, content: bytes, mailbox: str = "") -> None:
        """Put a mail into the mailbox, as a delivery agent does."""
        place = self.folder / "mail" / mailbox
        for part in ("tmp", "new", "cur"):
            self._make(place / part)
        name = f"{time.time_ns()}.{next(_NUMBERS)}.test"
        (place / "tmp" / name).write_bytes(content)
        self._own(place / "tmp" / name)
        (place / "tmp" / name).rename(place / "new" / name)

    def number_anew(self) -> None:
        """Forget the UIDs and begin another numbering, as after a repair or a move."""
        uids = self.folder / "mail" / "dovecot-uidlist"
        match = re.match(r"3 V(\d+)", uids.read_text(encoding="utf-8"))
        assert match
        for path in (self.folder / "mail").glob("dovecot*"):
            path.unlink()
        uids.write_text(f"3 V{int(match[1]) + 1} N1\n", encoding="utf-8")
        self._own(uids)

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder, folder.parent):
            self._own(path)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.owner, self.owner)


def _configuration(folder: Path, port: int) -> str:
    is_root = os.geteuid() == 0
    uid, gid = (65534, 65534) if is_root else (os.getuid(), os.getgid())
    import grp  # noqa: PLC0415
    import pwd  # noqa: PLC0415

    version = subprocess.run([_PROGRAM, "--version"], check=True, capture_output=True, text=True)
    own = _OF_2_4 if re.match(r"2\.[4-9]", version.stdout) else _OF_2_3
    services = "".join(
        f"service {name} {{\n  chroot =\n"
        + (f"  inet_listener imap {{\n    port = {port}\n  }}\n" if name == "imap-login" else "")
        + ("  inet_listener imaps {\n    port = 0\n  }\n" if name == "imap-login" else "")
        + "}\n"
        for name in _SERVICES
        if name == "imap-login" or not is_root
    )
    values = {
        "folder": folder,
        "uid": uid,
        "gid": gid,
        "user": pwd.getpwuid(uid).pw_name,
        "group": grp.getgrgid(gid).gr_name,
    }
    head = own.format(**values).strip()
    return head + "\n" + _ALL.format(**values) + "listen = 127.0.0.1\n" + services


@asynccontextmanager
async def dovecot() -> AsyncIterator[Dovecot]:
    """Its folder is short and open, because the server's processes are users of their own."""
    with TemporaryDirectory(prefix="leadflow-imap-") as name:
        folder = Path(name)
        os.chmod(folder, 0o755)  # noqa: PTH101
        async with _dovecot(folder) as server:
            yield server


@asynccontextmanager
async def _dovecot(folder: Path) -> AsyncIterator[Dovecot]:
    port = free_port()
    server = Dovecot(folder, port, 65534)
    server._make(folder / "home")
    server._make(folder / "mail" / "new")
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    (folder / "users").chmod(0o644)
    (folder / "dovecot.conf").write_text(_configuration(folder, port), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        _PROGRAM, "-F", "-c", str(folder / "dovecot.conf"), stderr=asyncio.subprocess.DEVNULL
    )

    async def greets() -> bool:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            line = await reader.readline()
            writer.close()
            return line.startswith(b"* OK")
        return False

    try:
        await eventually(greets, seconds=15, until=bool, what=f"Dovecot answers: {server.log()}")
        yield server
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
