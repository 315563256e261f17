"""What the codes of findings mean: a page for each, which the terminal and the site show.

A page begins with its code, the name of the cause or rule, and a sentence.
"""

import functools
import importlib.resources
import re


@functools.cache
def codes() -> tuple[str, ...]:
    """Returns the codes that have a page, in order."""
    names = [file.name for file in importlib.resources.files(__name__).iterdir()]
    return tuple(sorted(name.removesuffix(".md") for name in names if name.endswith(".md")))


def page(code: str) -> str:
    """Returns the page of a code, as markdown.

    Args:
        code: One of `codes()`.

    Raises:
        ValueError: If there is no such page.
    """
    if code not in codes():
        raise ValueError(f"`code` must be one of {', '.join(codes())}. Received: code={code!r}")
    return (importlib.resources.files(__name__) / f"{code}.md").read_text(encoding="utf-8")


def summary(code: str) -> tuple[str, str]:
    """Returns the name of a cause or rule, and what it means in a sentence.

    Args:
        code: One of `codes()`.
    """
    name, sentence = re.findall(r"`([\w-]+)`\n\n(.*)\n", page(code))[0]
    return name, sentence
