"""Webflow forms: the site owner's labels and values, signed where the hook has a secret.

Hooks made in the dashboard are not signed: their source has none. UNCONFIRMED: the older shape
with everything at the top.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.members import part
from services.intake.channels.signatures import (
    by_address,
    by_any,
    only_known,
    require_hex,
    require_recent,
    secret,
)
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_any, whole

_SIGNATURE = "x-webflow-signature"
_SECRETS = {"secret": False}


def verify(request: RawRequest, *sources: SourceView) -> None:
    """The moment stands before the body, in milliseconds."""
    stamp = request.header("x-webflow-timestamp") or ""
    milliseconds = whole(stamp)

    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if source.secrets:
            require_recent(request, None if milliseconds is None else milliseconds / 1000)
            before = stamp.encode("latin-1", "replace") + b":"
            require_hex(request, header=_SIGNATURE, key=secret(source, "secret"), before=before)

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    body = document(request)
    if body.get("triggerType", "form_submission") != "form_submission":
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    form = part(body.get("payload")) or body
    values = part(form.get("data"))
    if not values:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = DraftBuilder(source.country)
    for label, value in values.items():
        add(builder, label, value)
    builder.campaign["form_name"] = as_text(form.get("name"))
    builder.campaign["form_id"] = as_text(form.get("formId"))
    external_id = as_text(form.get("id")) or as_text(form.get("_id")) or None
    moment = form.get("submittedAt") or form.get("d")
    draft = build(
        builder,
        source,
        channel="form",
        external_id=external_id,
        occurred_at=from_any(moment, time_zone="UTC"),
    )
    return Content(drafts=(draft,), external_id=external_id)


CHANNEL = Channel(
    name="webflow",
    verify=verify,
    verify_early=by_address,
    signature=_SIGNATURE,
    parse=parse,
    secrets=_SECRETS,
)
