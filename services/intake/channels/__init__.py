"""The ways in, by the adapter name that a source is configured with.
Its law: adding a channel is one file here and one line below.
"""

from collections.abc import Mapping
from types import MappingProxyType

from services.intake.channels import generic_json, mango, native, postmark, tilda, twilio, typeform
from services.intake.channels.channel import Channel

CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        channel.name: channel
        for channel in (
            tilda.CHANNEL,
            typeform.CHANNEL,
            mango.CHANNEL,
            twilio.CHANNEL,
            postmark.CHANNEL,
            generic_json.CHANNEL,
            native.CHANNEL,
        )
    }
)
