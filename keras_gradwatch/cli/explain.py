"""`gradwatch explain`: the page of a code in the terminal."""

import argparse

from rich.console import Console
from rich.markdown import Markdown

from keras_gradwatch.cli.script import Unusable
from keras_gradwatch.explanations import codes, page

DESCRIPTION = """
Print what a code of a finding means: what is seen, why it happens, a wrong and a right version, and
how to silence it. Without a code, list them all.
"""


def add_to(subparsers):
    """Adds the command to a parser."""
    parser = subparsers.add_parser("explain", help="what a code means", description=DESCRIPTION)
    parser.add_argument("code", nargs="?", help="a code, for example GW102, or the name beside it")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the page, or the list."""
    console = Console(highlight=False)
    titles = {code: page(code).partition("\n")[0].removeprefix("# ") for code in codes()}
    if arguments.code is None:
        console.print("\n".join(titles.values()), markup=False, soft_wrap=True)
        return 0
    console.print(Markdown(page(_code(arguments.code, titles))))
    return 0


def _code(asked, titles):
    """The code that was asked for by itself or by its name."""
    for code, title in titles.items():
        if asked.upper() == code or f"`{asked}`" in title:
            return code
    raise Unusable(f"No code {asked!r}: `gradwatch explain` lists them.")
