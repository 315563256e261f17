"""Prints one table for each model: `python -m benchmarks.overhead`."""

import argparse
import json
import multiprocessing
import os

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks.overhead.rows import rows
from benchmarks.overhead.timing import ACCELERATED, PLANS, report_of, start_of

HEADER = (
    *("row", "ms a step", "ratio", "spread", "least ratio"),
    *("cpu ms", "cpu ratio", "B a step"),
)


def main():
    arguments = _arguments()
    for model_name in arguments.models:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            report = process.apply(report_of, (model_name, arguments.rows, arguments.quick))
        print(_table(model_name, report), flush=True)
        if arguments.starts:
            print(_table_of_starts(model_name, list(report["rows"])), flush=True)
        if arguments.json:
            with open(arguments.json, "a") as file:
                file.write(json.dumps({"model": model_name, **report}) + "\n")


def _arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    models = [name for name in PLANS if name not in ACCELERATED]
    parser.add_argument("--models", nargs="+", choices=PLANS, default=models)
    parser.add_argument("--rows", nargs="+", choices=rows(), help="only these, and plain")
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--starts", action="store_true", help="start-up and peak memory as well")
    parser.add_argument("--json", help="file to which all that was measured is appended")
    return parser.parse_args()


def _table(model_name, report):
    plain = report["rows"]["plain"]
    lines = [f"\n### {model_name}\n", _line(HEADER), _line(["---"] * len(HEADER))]
    for name, row in report["rows"].items():
        ratios = np.divide(row["seconds"], plain["seconds"])
        low, high = np.percentile(ratios, [25, 75])
        cpu = np.median(np.divide(row["cpu_seconds"], plain["cpu_seconds"]))
        milliseconds = [1e3 * np.median(row[key]) for key in ("seconds", "cpu_seconds")]
        lines.append(
            _line(
                [
                    name,
                    f"{milliseconds[0]:.2f}",
                    f"{np.median(ratios):.3f}",
                    f"{low:.2f} .. {high:.2f}",
                    f"{min(row['seconds']) / min(plain['seconds']):.3f}",
                    f"{milliseconds[1]:.2f}",
                    f"{cpu:.3f}",
                    f"{row['bytes_a_step']:.0f}",
                ]
            )
        )
    floor = report["floor"] / np.median(plain["seconds"])
    lines.append(f"\nReading all gradients once: {1e3 * report['floor']:.3f} ms, {floor:.2%}.")
    return "\n".join(lines)


def _table_of_starts(model_name, names):
    header = ("row", "start-up cpu s", "ratio", "peak memory MB", "ratio")
    lines = [_line(header), _line(["---"] * len(header))]
    plain = None
    for name in names:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            start = process.apply(start_of, (model_name, name))
        plain = plain or start
        ratios = [f"{one / of_plain:.2f}" for one, of_plain in zip(start, plain, strict=True)]
        lines.append(
            _line([name, f"{start[0]:.1f}", ratios[0], f"{start[1] / 1e6:.0f}", ratios[1]])
        )
    return "\n" + "\n".join(lines)


def _line(cells):
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
