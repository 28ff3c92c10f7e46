"""Mail: providers that post what they receive."""

from services.intake.channels.email import postmark

CHANNELS = (postmark.CHANNEL,)
