"""Intake's use cases, each inside the transaction that its caller has opened."""
