"""`python -m services.routing api | worker | migrate`."""

from services.routing.service import ROUTING
from shared.process import run

if __name__ == "__main__":
    run(ROUTING)
