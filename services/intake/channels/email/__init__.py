"""Mail: providers that post what they receive, and mails as they are."""

from services.intake.channels.email import (
    brevo,
    imap,
    mailersend,
    mailgun,
    mailjet,
    mandrill,
    postal,
    postmark,
    sendgrid,
    ses_sns,
    smtp,
    sparkpost,
)

CHANNELS = (
    smtp.CHANNEL,
    imap.CHANNEL,
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
