"""Any other sender: declared shapes, signatures that many share, and the product's own body."""

from services.intake.channels.generic import (
    cloudevents,
    csv_import,
    generic_json,
    native,
    standard_webhooks,
)

CHANNELS = (
    generic_json.CHANNEL,
    standard_webhooks.CHANNEL,
    cloudevents.CHANNEL,
    csv_import.CHANNEL,
    native.CHANNEL,
)
