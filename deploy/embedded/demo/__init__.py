"""The demo: an invented company lives through a day of traffic, on a running Leadflow or its own.

Invariant: the day follows from the seed alone; the demo calls the services over HTTP only.
"""

from deploy.embedded.demo.command import main

__all__ = ["main"]
