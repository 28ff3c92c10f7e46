"""The stream of events for those who follow it."""
