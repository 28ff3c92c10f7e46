"""The demo: an invented company lives through a day of traffic, on a running Leadflow or its own.

Its law: the day follows from the seed alone; the services are met over HTTP only.
"""

from deploy.embedded.demo.command import main

__all__ = ["main"]
