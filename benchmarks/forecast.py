"""How good forecasts are, and what they cost: three seeded companies through their last year.

`python -m benchmarks.forecast [--origins 12] [--draws 6] [--seed 7]` prints, for each company, the
error of the next 30 days by method over several draws of its life, then what one hundred series of
36 months cost. A forecast sees only what was known at its origin.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from math import cos, exp, pi
from statistics import fmean
from typing import Final

from benchmarks.report import machine_line
from services.kpi.domain.forecast.accuracy import coverage, naive_scale
from services.kpi.domain.forecast.forecast import Forecast, forecast
from services.kpi.domain.forecast.series import Series, steps_from

FIRST: Final = date(2022, 1, 3)
DAYS: Final = 4 * 365
HORIZON: Final = 30
SIMPLE: Final = ("seasonal_naive", "ets_additive", "ets_multiplicative", "theta")
COMBINATION: Final = "combination"
Roll = tuple[list[float], Forecast]  # what came, and what was forecast


def _year(day: date, peak: int, height: float) -> float:
    """A season of the year, with its peak on that day of it."""
    return 1 + height * cos(2 * pi * (day.timetuple().tm_yday - peak) / 365.25)


def window_maker(chance: random.Random) -> list[float]:
    """Windows: busy in autumn, quiet at weekends, growing by 12 % a year."""
    week = (1.15, 1.1, 1.05, 1.0, 0.95, 0.5, 0.35)
    level, values = 180_000.0, []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        level *= exp(0.12 / 365 + chance.gauss(0, 0.008))
        values.append(
            level * _year(day, 270, 0.3) * week[day.weekday()] * exp(chance.gauss(0, 0.2))
        )
    return values


def school(chance: random.Random) -> list[float]:
    """Language courses: even weeks, a rush before September and January, campaigns by chance."""
    week = (1.0, 1.0, 1.05, 1.05, 0.9, 1.1, 0.8)
    level, campaign, values = 60_000.0, 0.0, []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        level *= exp(chance.gauss(0, 0.01))
        campaign = 0.85 * campaign + (0.4 if chance.random() < 0.02 else 0.0)
        rush = 1.4 if day.month in {8, 9, 1} else 1.0
        value = level * rush * week[day.weekday()] * (1 + campaign) * exp(chance.gauss(0, 0.25))
        values.append(value)
    return values


def machine_seller(chance: random.Random) -> list[float]:
    """Machines for factories: few deals of very different size, none at weekends."""
    values = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        mean = 0.0 if day.weekday() > 4 else 2.2 * (1 + number / DAYS * 0.5)
        deals = sum(chance.random() < mean / 10 for _ in range(10))
        values.append(sum(chance.lognormvariate(12.0, 0.8) for _ in range(deals)))
    return values


COMPANIES: Final[dict[str, Callable[[random.Random], list[float]]]] = {
    "windows": window_maker,
    "school": school,
    "machines": machine_seller,
}


def rolled(values: Sequence[float], origins: Sequence[int]) -> list[Roll]:
    """At each origin what came in the 30 days after it, and what was forecast of them."""
    return [
        (
            list(values[origin : origin + HORIZON]),
            forecast(Series("day", FIRST, tuple(values[:origin])), HORIZON),
        )
        for origin in origins
    ]


def errors_of(pairs: Sequence[Roll], scale: float) -> dict[str, list[float]]:
    """By method: the MASE of the days, and the mean error of the sum of 30 days, as a share."""
    paths: dict[str, list[tuple[list[float], Sequence[float]]]] = {}
    for facts, item in pairs:
        for method in item.methods:
            paths.setdefault(method.name, []).append((facts, method.path))
        paths.setdefault(COMBINATION, []).append((facts, [band.p50 for band in item.bands]))
    errors = {}
    for name, tries in paths.items():
        gaps = [abs(f - v) for facts, path in tries for f, v in zip(facts, path, strict=True)]
        totals = [abs(sum(path) / sum(facts) - 1) for facts, path in tries]
        errors[name] = [sum(gaps) / len(gaps) / scale, sum(totals) / len(totals)]
    return errors


def coverages(pairs: Sequence[Roll]) -> tuple[float, float]:
    """The shares of days, and of sums of 30 days, within their band."""
    facts = [fact for fact_list, _ in pairs for fact in fact_list]
    days = [(band.p10, band.p90) for _, item in pairs for band in item.bands]
    sums = [sum(fact_list) for fact_list, _ in pairs]
    totals = [(item.total.p10, item.total.p90) for _, item in pairs if item.total]
    return coverage(facts, days) or 0.0, coverage(sums, totals) or 0.0


def cost(seed: int) -> float:
    """CPU seconds of one hundred series of 36 months, twelve ahead, all methods with back-test."""
    chance = random.Random(seed)
    months = steps_from(date(2021, 1, 1), "month", 36)
    series = [
        Series("month", months[0], tuple(
            1000 * _year(day, 200, 0.3) * exp(chance.gauss(0, 0.1)) for day in months
        ))
        for _ in range(100)
    ]  # fmt: skip
    began = time.process_time()
    for item in series:
        forecast(item, 12)
    return time.process_time() - began


def show_company(name: str, lives: Sequence[Sequence[float]], origins: Sequence[int]) -> None:
    """The means over all lives; the best method is the one that is best over all of them."""
    rolls = [rolled(values, origins) for values in lives]
    scales = [naive_scale(values[: origins[0]], 7) or 1.0 for values in lives]
    by_life = [errors_of(pairs, scale) for pairs, scale in zip(rolls, scales, strict=True)]
    errors = {
        method: [fmean(errors[method][place] for errors in by_life) for place in (0, 1)]
        for method in by_life[0]
    }
    for method, (mase, total) in sorted(errors.items(), key=lambda item: item[1][0]):
        print(f"{name:10}{method:20}{mase:10.3f}{total:12.1%}")
    best = [min(errors[method][place] for method in SIMPLE if method in errors) for place in (0, 1)]
    mase, total = errors[COMBINATION]
    print(f"{name:10}{'to the best':20}{mase / best[0]:10.3f}{total / best[1]:12.3f}")
    of_days, of_sums = coverages([pair for pairs in rolls for pair in pairs])
    print(f"{name:10}{'80 % band':20}{of_days:10.1%}{of_sums:12.1%}")


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument("--origins", type=int, default=12, help="forecasts of each life")
    parser.add_argument("--draws", type=int, default=6, help="lives of each company")
    parser.add_argument("--seed", type=int, default=7)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    options = new_parser().parse_args(arguments)
    print(machine_line())
    width = (365 - HORIZON) // options.origins
    origins = [DAYS - HORIZON - width * back for back in range(options.origins)][::-1]
    print(f"{'company':10}{'method':20}{'MASE':>10}{'30 days':>12}")
    for number, (name, company) in enumerate(COMPANIES.items()):
        seeds = [options.seed + 100 * number + draw for draw in range(options.draws)]
        show_company(name, [company(random.Random(seed)) for seed in seeds], origins)
    seconds = min(cost(options.seed) for _ in range(3))
    print(f"100 series of 36 months: {seconds:.2f} s of CPU")


if __name__ == "__main__":
    main()
