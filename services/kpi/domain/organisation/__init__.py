"""From a month's plan to what each of a manager's days needs."""
