"""Telephone exchanges and call tracking."""

from services.intake.channels.telephony import (
    beeline_xsi,
    binotel,
    mango,
    megafon,
    onlinepbx,
    sipuni,
    twilio,
    uis,
    zadarma,
)

CHANNELS = (
    beeline_xsi.CHANNEL,
    binotel.CHANNEL,
    mango.CHANNEL,
    megafon.CHANNEL,
    onlinepbx.CHANNEL,
    sipuni.CHANNEL,
    twilio.CHANNEL,
    uis.CHANNEL,
    zadarma.CHANNEL,
)
