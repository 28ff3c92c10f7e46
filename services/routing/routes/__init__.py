"""HTTP routes of routing: each checks roles, opens one transaction and answers after it."""
