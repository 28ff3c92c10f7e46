"""Each planned post, sent as its provider sends it, is understood by the channel as planned."""

from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from deploy.embedded.demo import company
from deploy.embedded.demo.plan import Post, plan_day
from deploy.embedded.demo.requests import external_id_of, request_of
from services.intake.channels.channel import Channel
from services.intake.channels.email import postmark
from services.intake.channels.forms import tilda
from services.intake.channels.telephony import mango
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from tests.unit.intake.samples import settled

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANNELS: dict[str, Channel] = {
    "sample-tilda": tilda.CHANNEL,
    "sample-mango": mango.CHANNEL,
    "sample-postmark": postmark.CHANNEL,
}
POSTS = [post for seed in (1, 2, 3) for post in plan_day(seed).posts if not post.retry]


def understood(post: Post) -> Content:
    """What the door and the normaliser would make of it."""
    sent = request_of(post, now=NOW)
    key, _, rest = urlsplit(sent.path).path.removeprefix("/intake/v1/hooks/").partition("/")
    source = next(source for source in company.SOURCES if source.key == key)
    view = SourceView(
        source_id=UUID(int=1),
        key=key,
        adapter=source.adapter,
        secrets=source.secrets,
        country=company.COUNTRY,
    )
    headers = tuple((name.lower(), value) for name, value in sent.headers.items())
    request = RawRequest(rest=rest, headers=headers, body=sent.body)
    channel = CHANNELS[key]
    assert channel.handshake(request, view) is None
    channel.verify(request, view)
    return settled(channel.parse(request, view))


def of_kinds(*kinds: str) -> list[Post]:
    found = [post for post in POSTS if post.kind in kinds]
    assert found
    return found


def test_inquiries_carry_who_wrote_and_the_provider_s_id() -> None:
    for post in of_kinds("form", "mail", "call"):
        if post.expect == "inquiry":
            parsed = understood(post)
            (draft,) = parsed.inquiries
            assert parsed.external_id == external_id_of(post)
            assert draft.contact.phones == (post.person.e164,)
            if post.kind != "call":
                assert draft.contact.name == post.person.name
                assert post.person.email in draft.contact.emails
                assert draft.text is not None
                assert post.text in draft.text


def test_forms_carry_their_campaign_and_no_foreign_cookie() -> None:
    for post in of_kinds("form"):
        (draft,) = understood(post).inquiries
        for name, value in post.utm:
            assert getattr(draft.campaign, name) == value
        assert "_ym_uid" not in draft.model_dump_json()


def test_calls_are_answered_or_missed_as_planned() -> None:
    for post in of_kinds("call"):
        parsed = understood(post)
        (draft,) = parsed.observed if post.outgoing else parsed.inquiries
        assert draft.call is not None
        assert draft.call.outcome == ("missed" if post.missed else "answered")
        assert draft.call.talk_seconds == post.talk_seconds
        assert draft.call.ended_at == NOW
        assert draft.priority_class == ("high" if post.missed else "normal")


def test_phases_and_automatic_replies_are_ignored() -> None:
    assert {understood(post).ignored for post in of_kinds("call_phase")} == {"call_phase"}
    assert {understood(post).ignored for post in of_kinds("auto_reply")} == {"auto_reply"}


def test_broken_bodies_prove_their_source_and_cannot_be_read() -> None:
    for post in of_kinds("broken_mail", "broken_form"):
        with pytest.raises(ChannelError) as refusal:
            understood(post)
        assert refusal.value.reason == "bad_json"
