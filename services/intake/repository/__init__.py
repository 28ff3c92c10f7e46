"""Intake's memory: every statement it runs, and nothing else."""
