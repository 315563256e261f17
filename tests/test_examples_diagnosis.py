"""The examples of the diagnosis run, and print the finding that they are about."""

import pathlib
import runpy
import warnings

import pytest

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
PRINTED = {
    "step_activation": ["return ops.cast(super().call(x) > 0", "has no derivative"],
    "wrong_derivative": ["return s * (1 + x * (1 - s))", "not the derivative"],
    "shape_contract": ["return (*shape[:3], 4)", "declares (None, 8, 8, 4) and produces"],
    "forgotten_intermediate": ["return upstream * 2 * hidden", "not the derivative"],
    "numerical_instability": ["shrinks", "grows", "NaN or Inf first appears in sqrt"],
}


SLOW = ("shape_contract", "forgotten_intermediate", "numerical_instability")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in PRINTED],
)
def test_an_example_names_its_fault_and_the_repaired_layer_is_healthy(name, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    faults, repaired = [], []
    for part in printed.split("The fault")[1:]:
        fault, _, rest = part.partition("Repaired:")
        faults.append(fault)
        repaired.append(rest)
    assert all(text in "".join(faults) for text in PRINTED[name])
    assert all("Healthy" in rest for rest in repaired)
