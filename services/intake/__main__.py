"""`python -m services.intake api | worker | migrate`."""

from services.intake.service import INTAKE
from shared.process import run

if __name__ == "__main__":
    run(INTAKE)
