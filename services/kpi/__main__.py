"""`python -m services.kpi api | worker | migrate`."""

from services.kpi.service import KPI
from shared.process import run

if __name__ == "__main__":
    run(KPI)
