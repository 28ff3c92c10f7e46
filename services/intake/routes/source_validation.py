"""What a source must fulfil beyond its schema: a known adapter and the secrets it needs."""

from collections.abc import Mapping

from services.intake.channels import CHANNELS
from services.intake.channels.email.mailbox_options import mailbox_faults
from services.intake.channels.generic.generic_json import check_mapping
from services.intake.channels.parsing.purchases import ORDER_ID
from services.intake.domain.masking import MASK
from services.intake.schemas.sources import SourceIn
from shared.errors import InvalidError


def check_source(body: SourceIn, *, present: Mapping[str, str] | None = None) -> None:
    """Raises InvalidError that names each member at fault by JSON pointer.

    `present` are the secrets of the source being replaced; without new ones they stay.
    """
    secrets_present = present or {}
    faults = [
        *_adapter_faults(body, secrets_present),
        *_secret_faults(body, secrets_present),
        *_mapping_faults(body.mapping),
        *_option_faults(body),
        *(mailbox_faults(body.options) if body.adapter == "imap" else ()),
    ]
    if faults:
        raise InvalidError("The source cannot work like this.", errors=faults)


def _adapter_faults(body: SourceIn, present: Mapping[str, str]) -> list[tuple[str, str]]:
    channel = CHANNELS.get(body.adapter)
    if channel is None:
        return [("/adapter", "is one of: " + ", ".join(sorted(CHANNELS)))]
    secrets = present if body.secrets is None else body.secrets
    surplus = [
        (f"/secrets/{name}", f"adapter {channel.name} knows no such secret")
        for name in secrets
        if name not in channel.secrets
    ]
    missing = [
        (f"/secrets/{name}", f"adapter {channel.name} needs this secret")
        for name, required in channel.secrets.items()
        if required and name not in secrets
    ]
    return surplus + missing


def _secret_faults(body: SourceIn, present: Mapping[str, str]) -> list[tuple[str, str]]:
    """Faults of secrets that are the mask: it may only stand for a present secret."""
    return [
        (f"/secrets/{name}", "is the mask and no secret")
        for name, secret in (body.secrets or {}).items()
        if secret in MASK and not (secret == MASK and name in present)
    ]


def check_mapping_of(mapping: Mapping[str, str] | None) -> None:
    """Raises InvalidError that names the expression at fault."""
    if faults := _mapping_faults(mapping or {}):
        raise InvalidError("The mapping cannot work like this.", errors=faults)


def _mapping_faults(mapping: Mapping[str, str]) -> list[tuple[str, str]]:
    try:
        check_mapping(mapping)
    except ValueError as error:
        return [(f"/mapping/{error}", "is no JMESPath expression")]
    return []


def _option_faults(body: SourceIn) -> list[tuple[str, str]]:
    channel = CHANNELS.get(body.adapter)
    faults = channel.check_options(body.options) if channel else []
    faults = [(f"/options/{name}", why) for name, why in faults]
    if body.options.get("record") == "purchase" and ORDER_ID not in (body.mapping or {}):
        faults.append((f"/mapping/{ORDER_ID}", "is needed where orders are told"))
    return faults
