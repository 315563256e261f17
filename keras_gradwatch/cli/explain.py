"""`gradwatch explain`: the page of a code in the terminal."""

import argparse

from rich.console import Console
from rich.markdown import Markdown

from keras_gradwatch.cli.script import Unusable
from keras_gradwatch.explanations import codes, page, summary

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
    if arguments.code is None:
        console.print(_list(), markup=False, soft_wrap=True)
    else:
        console.print(Markdown(page(_code(arguments.code))))
    return 0


def _list() -> str:
    rows = [(code, *summary(code)) for code in codes()]
    return "\n".join(f"{code}  {name:<19} {sentence}" for code, name, sentence in rows)


def _code(asked: str) -> str:
    """The code that was asked for by itself or by the name of its cause or rule."""
    for code in codes():
        if asked.upper() == code or asked == summary(code)[0]:
            return code
    raise Unusable(f"No code {asked!r}: `gradwatch explain` lists them.")
