"""Whatever is sent: recipients are configured, and told by mail and by signed webhooks."""
