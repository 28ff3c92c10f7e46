"""Site builders and ad platforms: what a customer fills in."""

from services.intake.channels.forms import tilda, typeform

CHANNELS = (tilda.CHANNEL, typeform.CHANNEL)
