"""HTTP routes of history: each checks roles, opens one transaction and answers after it."""
