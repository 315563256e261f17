"""Which cases came together, and how the diagnosis did when it saw them for the first time."""

import dataclasses
from collections.abc import Collection


@dataclasses.dataclass(frozen=True)
class FirstLook:
    """How many of a new set were right, before anything was learned from it."""

    cause: str
    line: str
    false_alarms: str

    def __str__(self):
        return f"cause {self.cause}, line {self.line}, false alarms {self.false_alarms}"


@dataclasses.dataclass(frozen=True)
class CaseSet:
    """Cases that came together.

    Args:
        name: What is printed.
        numbers: The numbers of its cases.
        first_looks: The first look, by backend; none where the cases were in sight from the start.
    """

    name: str
    numbers: Collection[int]
    first_looks: dict[str, FirstLook] = dataclasses.field(default_factory=dict)


SETS = [
    CaseSet("public reports", range(1, 136)),
    CaseSet("written for the first version", range(201, 328)),
    CaseSet("shared with the backends", range(501, 524)),
    CaseSet("shared, JAX", range(531, 554)),
    CaseSet("shared, PyTorch", range(561, 584)),
    CaseSet("A", range(601, 642), {"tensorflow": FirstLook("28/31", "18/27", "0/10")}),
    CaseSet("B", range(801, 829), {"tensorflow": FirstLook("21/21", "17/20", "0/7")}),
    CaseSet(
        "C, all backends",
        range(701, 725),
        {
            "tensorflow": FirstLook("17/18", "11/17", "0/6"),
            "jax": FirstLook("18/18", "12/17", "0/6"),
            "torch": FirstLook("18/18", "12/17", "0/6"),
        },
    ),
    CaseSet("C, JAX", range(741, 753), {"jax": FirstLook("6/9", "3/8", "0/3")}),
    CaseSet("C, PyTorch", range(761, 773), {"torch": FirstLook("7/9", "5/9", "0/3")}),
    CaseSet("D", range(901, 937), {"tensorflow": FirstLook("26/27", "15/26", "0/9")}),
    CaseSet(
        "D, all backends",
        range(937, 953),
        {
            "tensorflow": FirstLook("10/12", "4/11", "0/4"),
            "jax": FirstLook("12/12", "5/11", "0/3"),
            "torch": FirstLook("12/12", "5/11", "0/4"),
        },
    ),
    CaseSet("D, JAX", range(953, 961), {"jax": FirstLook("5/6", "4/5", "0/2")}),
    CaseSet("D, PyTorch", range(961, 969), {"torch": FirstLook("5/6", "4/5", "0/2")}),
    CaseSet("E", range(401, 425), {"tensorflow": FirstLook("18/18", "15/17", "0/6")}),
    CaseSet(
        "E, all backends",
        range(431, 443),
        {
            "tensorflow": FirstLook("8/9", "7/9", "0/3"),
            "jax": FirstLook("7/9", "5/9", "0/3"),
            "torch": FirstLook("8/9", "7/9", "0/3"),
        },
    ),
    CaseSet("E, JAX", range(451, 457), {"jax": FirstLook("5/5", "5/5", "0/1")}),
    CaseSet("E, PyTorch", range(461, 467), {"torch": FirstLook("5/5", "4/5", "0/1")}),
    CaseSet("F", range(331, 363), {"tensorflow": FirstLook("21/24", "13/23", "0/8")}),
    CaseSet(
        "F, all backends",
        range(371, 387),
        {
            "tensorflow": FirstLook("12/12", "6/8", "0/4"),
            "jax": FirstLook("12/12", "6/8", "0/4"),
            "torch": FirstLook("12/12", "6/8", "0/4"),
        },
    ),
    CaseSet("F, JAX", range(387, 395), {"jax": FirstLook("6/6", "6/6", "0/2")}),
    CaseSet("F, PyTorch", range(475, 483), {"torch": FirstLook("5/6", "5/6", "0/2")}),
    CaseSet(
        "G",
        [*range(363, 371), *range(395, 401), *range(425, 431)],
        {"tensorflow": FirstLook("14/15", "14/15", "0/5")},
    ),
    CaseSet("H", range(1001, 1025), {"tensorflow": FirstLook("18/18", "9/12", "0/6")}),
    CaseSet(
        "H, all backends",
        range(1025, 1041),
        {
            "tensorflow": FirstLook("12/12", "5/7", "0/4"),
            "jax": FirstLook("12/12", "5/7", "0/4"),
            "torch": FirstLook("12/12", "5/7", "0/4"),
        },
    ),
    CaseSet("H, JAX", range(1041, 1049), {"jax": FirstLook("6/6", "6/6", "0/2")}),
    CaseSet("H, PyTorch", range(1049, 1057), {"torch": FirstLook("5/6", "3/5", "0/2")}),
]
