"""The arguments of `leadflow simulate`, apart from what does the work: every command loads them."""

import argparse
from pathlib import Path

COMPANIES = ("shop", "estate", "call_centre")
ALGORITHMS = ("product", "round_robin", "least_open", "daily_quota", "shortfall")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", choices=COMPANIES, help="an invented company, no database")
    parser.add_argument("--seed", type=int, default=1, help="of the invented company")
    parser.add_argument("--days", type=int, help="of the invented company, instead of its own")
    parser.add_argument("--database", metavar="URL", help="routing's, else the one of this folder")
    parser.add_argument("--from", dest="begin", metavar="TIME", help="ISO 8601, UTC unless it says")
    parser.add_argument("--to", dest="end", metavar="TIME", help="as --from; not included")
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="YAML: a policy, or `pools:` with several"
    )
    parser.add_argument(
        "--algorithm", action="append", choices=ALGORITHMS, help="several times (product)"
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="all algorithms; without a time, all companies",
    )
    parser.add_argument("--shares", action="store_true", help="what each manager got")
    parser.add_argument("--lang", choices=("en", "ru"), default="en")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write a drawing there")
