"""A company's year, from its goal to what each is paid, and again from the start: by HTTP alone."""

import pytest

from shared.clock import system_clock
from tests.e2e.conftest import StackOf
from tests.e2e.year import (
    control,
    customers,
    digesting,
    foresight,
    founding,
    market,
    paying,
    planning,
    routing,
    spending,
)
from tests.e2e.year.company import Company
from tests.e2e.year.office import Office, quiet_zone
from tests.support.mail_sink import mail_sink

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]


async def test_a_year_in_the_life_of_a_company(stack_of: StackOf) -> None:
    zone = quiet_zone(system_clock())
    company = Company(system_clock().astimezone(zone).date().replace(day=1))
    async with mail_sink() as sink:
        environment = {
            "LEADFLOW_TIME_ZONE": zone.key,
            "KPI_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "KPI_MAIL_FROM": "leadflow@company.example",
        }
        stack = await stack_of(environment=environment)
        async with stack.client() as client:
            office = Office(client, zone)
            await founding.found(stack, office, company)
            goal_id = await market.set_goal(office, company)
            places = await market.know_places(office)
            await market.weigh_potentials(office, company, places, goal_id)
            await foresight.see_the_season(office, company)
            forecast = await foresight.foretell(office, company)
            await foresight.correct_the_goal(office, company, goal_id)
            await planning.begin_by_forecast(office, company, forecast)
            plan = await planning.plan_the_year(office, company)
            await planning.set_and_lock(plan, company)
            await planning.by_workbook(plan)
            await planning.approve(plan)
            await control.tell_the_day(office, company, plan)
            await control.hold_against(office, company, plan)
            await control.explain(office, company, plan)
            await control.coordinate(office, company, plan)
            await paying.pay(office, company)
            await routing.hear_of_attainment(office, company)
            await spending.count_the_cost(office, company)
            await spending.hold_the_budget(office, company)
            await spending.take_advice(office, company)
            await customers.know_customers(office, company)
            await customers.win_back(office, company)
            await digesting.send_reports(office, company, plan, sink)
