"""Pushes the calls of an Asterisk to Leadflow: one file, Python 3.9 or newer, nothing to install.

`python3 pusher.py pusher.ini` gathers the rows of each call from the manager interface and posts
them signed by Standard Webhooks. They are on disk until Leadflow has answered 2xx.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import hmac
import json
import logging
import os
import socket
import sys
import time
from contextlib import suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

log = logging.getLogger("leadflow-asterisk")
TURN_SECONDS = 1.0  # how long the manager is listened to before the spool is looked at
PING_SECONDS, SILENCE_SECONDS = 30.0, 90.0  # a connection that is silent longer counts as dead
SETTLE_SECONDS = 2.0  # after its last channel and its last row a call is complete
ANSWER_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # between two attempts while Leadflow is away
# Leadflow will never take such a body; it is put aside, for it would hold up all others.
NEVER = frozenset({400, 413, 415, 422})


class Spool:
    """Calls as files: `open/` while rows come, `ready/` to be posted, `refused/` for people."""

    def __init__(self, folder: Path) -> None:
        places = [folder / name for name in ("open", "ready", "refused")]
        self.open, self.ready, self.refused = places
        for place in places:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, call_id: str, row: dict[str, str]) -> None:
        path = self._path(call_id)
        rows = json.loads(path.read_bytes()) if path.exists() else []
        rows.append(row)
        draft = path.with_suffix(".new")  # the whole call or none, also if the machine stops
        with draft.open("w", encoding="utf-8") as file:
            json.dump(rows, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def complete(self, call_id: str) -> None:
        """The call will have no more rows. Rows that come later still are a file of their own."""
        path = self._path(call_id)
        path.rename(self.ready / f"{time.time_ns():020d}-{path.name}")

    def _path(self, call_id: str) -> Path:
        return self.open / (quote(call_id, safe="") + ".json")


class Sender:
    """Posts one call after the other, oldest first, and pauses while that does not succeed."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = urlsplit(url)
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.not_before, self.pause = 0.0, FIRST_PAUSE

    def push(self, spool: Spool) -> bool:
        """Post the oldest call, if it is time. Whether another may follow at once."""
        path = min(spool.ready.glob("*.json"), default=None)
        if path is None or time.monotonic() < self.not_before:
            return False
        try:
            call_id, rows = unquote(path.stem.partition("-")[2]), json.loads(path.read_bytes())
            # The same bytes, and so the same id, in every attempt.
            body = json.dumps({"type": "call.ended", "data": {"call_id": call_id, "rows": rows}})
            status = self._post(body.encode())
        except ValueError:
            status = min(NEVER)  # not written by us
        if 200 <= status < 300:
            path.unlink()
        elif status in NEVER:
            log.error("Leadflow refused %s with %s", path.name, status)
            path.rename(spool.refused / path.name)
        else:
            log.warning("Leadflow answered %s; again in %.0f s", status or "nothing", self.pause)
            self.not_before = time.monotonic() + self.pause
            self.pause = min(2 * self.pause, LONGEST_PAUSE)
            return False
        self.pause = FIRST_PAUSE
        return True

    def _post(self, body: bytes) -> int:
        """The status of the answer, 0 without one."""
        kind = HTTPSConnection if self.url.scheme == "https" else HTTPConnection
        connection = kind(self.url.netloc, timeout=ANSWER_SECONDS)
        try:
            headers = signed(body, self.key, now=int(time.time()))
            connection.request("POST", self.url.path, body, headers)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()


class Calls:
    """Which channels live, to which call each belongs, and which calls only wait to be complete."""

    def __init__(self, spool: Spool, settle_seconds: float) -> None:
        self.spool, self.settle_seconds = spool, settle_seconds
        self.call_of: dict[str, str] = {}
        self.live: set[str] = set()
        # Rows that the last run left behind: their calls may still go on, or have ended long ago.
        calls = [unquote(path.stem) for path in spool.open.glob("*.json")]
        self.due = dict.fromkeys(calls, time.monotonic() + settle_seconds)

    def hear(self, event: dict[str, str]) -> None:
        """Raises OSError while the disk takes nothing; the event may then be heard again."""
        kind = event.get("Event")
        channel = event.get("Uniqueid") or event.get("UniqueID") or ""
        call_id = event.get("Linkedid") or self.call_of.get(channel) or channel
        if not call_id:
            return
        self.call_of[channel] = call_id
        if kind == "Cdr":
            self.spool.add(call_id, row_of(event))
        elif kind == "Hangup":
            self.live.discard(channel)
        elif kind in ("Newchannel", "CoreShowChannel"):
            self.live.add(channel)
        if kind == "Cdr" or call_id in self.due:
            self.due[call_id] = time.monotonic() + self.settle_seconds

    def complete_due(self) -> None:
        lively = {self.call_of.get(channel, channel) for channel in self.live}
        now = time.monotonic()
        for call_id in [call for call, at in self.due.items() if at <= now and call not in lively]:
            self.spool.complete(call_id)
            del self.due[call_id]
        if len(self.call_of) > 10_000:  # calls without rows leave their channels behind
            self.call_of = {name: call for name, call in self.call_of.items() if name in self.live}


class Manager:
    """One connection to the manager interface."""

    def __init__(self, part: configparser.SectionProxy) -> None:
        address = part.get("host", "127.0.0.1"), part.getint("port", 5038)
        self.socket = socket.create_connection(address, timeout=ANSWER_SECONDS)
        self.socket.settimeout(TURN_SECONDS)
        self.pending = b""
        self.last_word = self.last_ping = time.monotonic()
        self.act("Login", Username=part["username"], Secret=part["secret"], Events="call,cdr")
        self.act("CoreShowChannels")  # what was going on before we came

    def act(self, action: str, **headers: str) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"Action: {action}\r\n{lines}\r\n".encode())

    def events(self) -> list[dict[str, str]]:
        """What was said within a turn. Raises OSError when the connection is over."""
        now = time.monotonic()
        if now - self.last_word > SILENCE_SECONDS:
            raise OSError("the manager is silent")
        if now - self.last_ping > PING_SECONDS:
            self.last_ping = now
            self.act("Ping")
        try:
            data = self.socket.recv(65536)
        except socket.timeout:  # noqa: UP041  it is another class before Python 3.10
            return []
        if not data:
            raise OSError("the manager has closed the connection")
        self.last_word = now
        *blocks, self.pending = (self.pending + data).split(b"\r\n\r\n")
        events = [event_of(block) for block in blocks]
        if any("Authentication failed" in event.get("Message", "") for event in events):
            raise OSError("the manager refuses the login")
        return events


def event_of(block: bytes) -> dict[str, str]:
    """The headers of one event; callers' names may come in any encoding."""
    pairs = (line.partition(":") for line in block.decode("utf-8", "replace").split("\r\n"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def row_of(event: dict[str, str]) -> dict[str, str]:
    """A CDR row with its local times as moments with an offset, so that no zone is guessed."""
    row = {name: value for name, value in event.items() if name not in ("Event", "Privilege")}
    for name in ("StartTime", "AnswerTime", "EndTime"):
        with suppress(ValueError, OverflowError):  # a call that nobody answered has no AnswerTime
            local = datetime.strptime(row.get(name, ""), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
            row[name] = local.astimezone().isoformat()
    return row


def signed(body: bytes, key: bytes, *, now: int) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    identifier = "ast_" + hashlib.sha256(body).hexdigest()[:32]
    digest = hmac.new(key, f"{identifier}.{now}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(now),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def run(settings: configparser.ConfigParser) -> None:
    """Never returns: the manager is called again whenever it goes away."""
    spool = Spool(Path(settings["spool"]["folder"]))
    sender = Sender(settings["leadflow"]["url"], settings["leadflow"]["secret"])
    calls = Calls(spool, settings.getfloat("spool", "settle_seconds", fallback=SETTLE_SECONDS))
    manager: Manager | None = None
    events: list[dict[str, str]] = []
    pause = FIRST_PAUSE
    while True:
        try:
            if manager is None:
                manager = Manager(settings["manager"])
                calls.live.clear()
            events += manager.events()
            while events:
                calls.hear(events[0])  # may fail while the disk is full
                del events[0]
            pause = FIRST_PAUSE
        except OSError as error:
            log.warning("%s; again in %.0f s", error, pause)
            if manager is not None:
                manager.socket.close()
            manager = None
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        calls.complete_due()
        for _ in range(10):  # then the manager is listened to again
            if not sender.push(spool):
                break


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    configuration = configparser.ConfigParser(interpolation=None)
    configuration.read_string(Path(sys.argv[1]).read_text(encoding="utf-8"))
    run(configuration)
