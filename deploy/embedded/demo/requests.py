"""A planned post as the provider's HTTP request: its path, its headers, its signature. Pure."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlencode

from deploy.embedded.demo import company
from deploy.embedded.demo.people import as_written
from deploy.embedded.demo.plan import Post
from shared.ids import derived_id

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
LINE = "74950000000"


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    path: str
    headers: Mapping[str, str]
    body: bytes


def source_of(adapter: str) -> company.Source:
    """The company's way in of this kind."""
    return next(source for source in company.SOURCES if source.adapter == adapter)


def external_id_of(post: Post) -> str:
    """The id under which intake will know the thing: a mailbox knows its mails by UUIDs."""
    if post.kind in {"mail", "auto_reply"}:
        return str(derived_id("demo mail", post.external_id))
    return post.external_id


def request_of(post: Post, *, now: datetime) -> ProviderRequest:
    """`now` is when it is sent: the provider's own times lead up to it."""
    if post.kind in {"form", "broken_form"}:
        return _tilda(post)
    if post.kind in {"call", "call_phase"}:
        return _mango(post, now=now)
    return _postmark(post, now=now)


def _tilda(post: Post) -> ProviderRequest:
    source = source_of("tilda")
    headers = {"X-Tilda-Key": source.secrets["api_key"], "Content-Type": FORM}
    path = f"/intake/v1/hooks/{source.key}"
    if post.kind == "broken_form":
        body = f'{{"Name": "{post.person.name}", "Phone": "{post.person.e164}", "Comm'
        return ProviderRequest(path, {**headers, "Content-Type": JSON}, body.encode())
    utm = "|||".join(f"{name}={value}" for name, value in post.utm)
    fields = {
        "Name": post.person.name,
        "Phone": as_written(post.person.digits, style=post.style),
        "Email": post.person.email,
        "Comments": post.text,
        "tranid": post.external_id,
        "formid": "form100200300",
        "formname": "Заявка с сайта",
        "COOKIES": f"_ym_uid=1600000000; TILDAUTM={quote(utm, safe='')}",
    }
    return ProviderRequest(path, headers, urlencode(fields).encode())


def _mango(post: Post, *, now: datetime) -> ProviderRequest:
    source = source_of("mango")
    event_content = _summary(post, now=now) if post.kind == "call" else _phase(post, now=now)
    event = "events/summary" if post.kind == "call" else "events/call"
    text = json.dumps(event_content, ensure_ascii=False, separators=(",", ":"))
    key, salt = source.secrets["api_key"], source.secrets["api_salt"]
    sign = hashlib.sha256(f"{key}{text}{salt}".encode()).hexdigest()
    body = urlencode({"vpbx_api_key": key, "sign": sign, "json": text})
    path = f"/intake/v1/hooks/{source.key}/{event}"
    return ProviderRequest(path, {"Content-Type": FORM}, body.encode())


def _sides(post: Post) -> dict[str, Any]:
    customer = {"number": post.person.e164.lstrip("+")}
    ours = {"extension": str(101 + post.wait_seconds % 4), "number": LINE}
    if post.outgoing:
        return {"from": ours, "to": customer}
    return {"from": customer, "to": {} if post.missed and post.kind == "call" else ours}


def _summary(post: Post, *, now: datetime) -> dict[str, Any]:
    end = int(now.timestamp())
    return {
        "entry_id": post.external_id,
        "call_direction": 2 if post.outgoing else 1,
        **_sides(post),
        "line_number": LINE,
        "create_time": end - post.talk_seconds - post.wait_seconds,
        "forward_time": end - post.talk_seconds - post.wait_seconds + 2,
        "talk_time": end - post.talk_seconds if post.talk_seconds else 0,
        "end_time": end,
        "entry_result": 0 if post.missed else 1,
        "disconnect_reason": 1110,
    }


def _phase(post: Post, *, now: datetime) -> dict[str, Any]:
    return {
        "entry_id": post.external_id,
        "call_id": f"{post.external_id}:1",
        "timestamp": int(now.timestamp()),
        "seq": 1 if post.phase == "Appeared" else 2,
        "call_state": post.phase,
        "location": "abonent",
        **_sides(post),
    }


def _postmark(post: Post, *, now: datetime) -> ProviderRequest:
    source = source_of("postmark")
    login = f"{source.secrets['username']}:{source.secrets['password']}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
        "Content-Type": JSON,
    }
    body = json.dumps(_mail(post, now=now), ensure_ascii=False).encode()
    if post.kind == "broken_mail":
        body = body[: len(body) // 2]
    return ProviderRequest(f"/intake/v1/hooks/{source.key}", headers, body)


def _mail(post: Post, *, now: datetime) -> dict[str, Any]:
    who = post.person
    phone = as_written(who.digits, style=post.style)
    text = post.text if post.kind == "auto_reply" else f"{post.text}\n\n{who.name}\nтел. {phone}"
    automatic = [{"Name": "Auto-Submitted", "Value": "auto-replied"}]
    return {
        "FromFull": {"Email": who.email, "Name": who.name, "MailboxHash": ""},
        "From": who.email,
        "To": "sales@example.com",
        "Subject": post.subject,
        "MessageID": external_id_of(post),
        "Date": format_datetime(now - timedelta(seconds=20)),
        "TextBody": text,
        "HtmlBody": "",
        "StrippedTextReply": "",
        "Headers": automatic if post.kind == "auto_reply" else [],
        "Attachments": [],
    }
