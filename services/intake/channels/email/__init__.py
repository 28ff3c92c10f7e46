"""Mail: providers that post what they receive."""

from services.intake.channels.email import (
    brevo,
    mailersend,
    mailgun,
    mailjet,
    mandrill,
    postal,
    postmark,
    sendgrid,
    ses_sns,
    sparkpost,
)

CHANNELS = (
    mailgun.CHANNEL,
    sendgrid.CHANNEL,
    postmark.CHANNEL,
    ses_sns.CHANNEL,
    brevo.CHANNEL,
    mailjet.CHANNEL,
    mandrill.CHANNEL,
    sparkpost.CHANNEL,
    mailersend.CHANNEL,
    postal.CHANNEL,
)
