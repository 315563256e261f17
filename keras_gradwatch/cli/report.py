"""`gradwatch report`: one HTML page of a log."""

import argparse

from rich.console import Console

from keras_gradwatch.cli.script import Unusable

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

    try:
        path = report(arguments.log, arguments.output)
    except OSError as error:
        raise Unusable(str(error)) from error
    except ValueError as error:  # Also those of pandas, which cannot read it.
        reason = str(error).strip().replace("\n", " ")
        raise Unusable(f"{arguments.log!r} is not a log of GradientWatch: {reason}") from error
    Console(highlight=False).print(f"Wrote {path}", markup=False, soft_wrap=True)
    return 0
