"""Mail: providers that post what they receive, and mails as they are."""

from services.intake.channels.email import imap, postmark, smtp

CHANNELS = (postmark.CHANNEL, smtp.CHANNEL, imap.CHANNEL)
