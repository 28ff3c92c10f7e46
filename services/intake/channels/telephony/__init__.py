"""Telephone exchanges and call tracking."""

from services.intake.channels.telephony import (
    aircall,
    asterisk,
    callrail,
    calltouch,
    freeswitch,
    mango,
    plivo,
    ringcentral,
    roistat,
    telnyx,
    twilio,
    vonage,
)

CHANNELS = (
    mango.CHANNEL,
    twilio.CHANNEL,
    plivo.CHANNEL,
    vonage.CHANNEL,
    telnyx.CHANNEL,
    ringcentral.CHANNEL,
    aircall.CHANNEL,
    callrail.CHANNEL,
    roistat.CHANNEL,
    calltouch.CHANNEL,
    freeswitch.CHANNEL,
    asterisk.CHANNEL,
)
