"""The arguments of `leadflow sources`, apart from what does the work: every command loads them."""

import argparse
from pathlib import Path


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="CSV, XLSX, XLS or ODS")
    parser.add_argument("--source", required=True, help="of the adapter csv-import")
    parser.add_argument("--url", help="the public root (LEADFLOW_URL, else what runs here)")
    parser.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=PLACE", help="contact.phones, text …"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="PLACE=VALUE", help="the same in all rows"
    )
    parser.add_argument("--sheet", help="of a workbook, if not the first")
    parser.add_argument("--encoding", help="of a CSV, if it is guessed wrong")
    parser.add_argument("--dry-run", action="store_true", help="show what would come of it")
    parser.add_argument("--again", action="store_true", help="although it was imported before")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="the public root (LEADFLOW_URL, else what runs here)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all sources and their hooks")
    listing.add_argument("--json", action="store_true")
    health = actions.add_parser("health", help="how each does, compared with its own past")
    health.add_argument("--json", action="store_true")
    adding = actions.add_parser("add", help="add a source and print the address of its hook")
    adding.add_argument("adapter")
    adding.add_argument("--key", help="left out, an unguessable one is made")
    _take_secrets(adding, required=False)
    adding.add_argument(
        "--set", action="append", default=[], metavar="MEMBER=JSON", help="any other setting"
    )
    trying = actions.add_parser("test", help="what would come of the provider's sample")
    trying.add_argument("source", help="its key or id")
    matter = trying.add_mutually_exclusive_group()
    matter.add_argument("--file", type=Path, help="a body to try instead")
    matter.add_argument("--submission", help="a stored submission to try instead")
    trying.add_argument("--content-type", default="application/json", help="of --file")
    rotating = actions.add_parser("rotate", help="replace secrets; the former live for an overlap")
    rotating.add_argument("source", help="its key or id")
    _take_secrets(rotating, required=True)


def _take_secrets(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--secret", action="append", default=[], required=required, metavar="NAME[=VALUE|=@FILE]"
    )
