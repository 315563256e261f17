"""`gradwatch report`: one HTML page of a log."""

import argparse

from rich.console import Console

DESCRIPTION = "Write the findings, the heat map and a table of a log as one HTML page."


def add_to(subparsers):
    """Adds the command to a parser."""
    parser = subparsers.add_parser("report", help="one HTML page of a log", description=DESCRIPTION)
    parser.add_argument("log", help="a CSV log, or a TensorBoard log directory")
    parser.add_argument(
        "-o", "--output", default="report.html", help="the page to write (default: %(default)s)"
    )
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Writes the page and says where it is."""
    from keras_gradwatch.views.report import report

    path = report(arguments.log, arguments.output)
    Console(highlight=False).print(f"Wrote {path}", markup=False, soft_wrap=True)
    return 0
