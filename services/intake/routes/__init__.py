"""Intake's HTTP doors: the hot one for senders, ordinary ones for people and services."""
