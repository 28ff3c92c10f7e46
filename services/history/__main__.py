"""`python -m services.history api | worker | migrate`."""

from services.history.service import HISTORY
from shared.process import run

if __name__ == "__main__":
    run(HISTORY)
