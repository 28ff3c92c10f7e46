"""A pool's days played through a policy: recorded ones or an invented company's, event by event."""
