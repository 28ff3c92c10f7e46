"""HTTP routes of kpi: each checks roles, opens one transaction and answers after it."""
