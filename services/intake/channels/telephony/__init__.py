"""Telephone exchanges and call tracking."""

from services.intake.channels.telephony import mango, twilio

CHANNELS = (mango.CHANNEL, twilio.CHANNEL)
