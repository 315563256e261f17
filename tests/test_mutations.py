"""The faults that `python -m benchmarks.mutations` puts in still have their place in the code."""

import pytest

from benchmarks.mutations import MUTATIONS, ROOT


@pytest.mark.parametrize(("file", "old"), [(file, old) for file, old, _, _ in MUTATIONS])
def test_the_text_that_a_fault_replaces_stands_once(file, old):
    assert (ROOT / "keras_gradwatch" / file).read_text().count(old) == 1


def test_there_are_forty_faults_and_their_tests_exist():
    assert len(MUTATIONS) == 40
    assert all((ROOT / test).exists() for *_, tests in MUTATIONS for test in tests)
