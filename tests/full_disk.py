"""Trains on a disk that fills up: `python tests/full_disk.py DIRECTORY` prints what came of it.

A process of its own: below its limit no file of it can grow, the output of the tests neither.
"""

import json
import pathlib
import resource
import sys
import warnings

import test_faults


def main(directory):
    plain = test_faults.train()
    watch = test_faults.watching(directory)

    def fill_up():
        """The limit lies in the middle of a sample."""
        size = (directory / "log.csv").stat().st_size + 500
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = test_faults.train(watch, test_faults.At(2, fill_up))
    test_faults.assert_same(values, plain)
    said = [str(warning.message) for warning in caught]
    print(json.dumps({"said": said, "kept": test_faults.steps_of(watch.to_pandas())}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
