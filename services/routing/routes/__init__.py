"""Routing's HTTP door: each route has its roles, opens one transaction and answers after it."""
