"""Intake's HTTP routes: the hot door for senders, ordinary ones for people and services."""
