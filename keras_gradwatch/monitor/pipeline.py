"""The way of a sample: off the device, into a record, through the rules, to the outputs."""

import collections
import contextlib
import itertools
import time

from keras_gradwatch.findings import Finding
from keras_gradwatch.monitor.decoding import decode
from keras_gradwatch.monitor.timing import Timing
from keras_gradwatch.monitor.tracker import FindingTracker
from keras_gradwatch.monitor.turning import first_turn
from keras_gradwatch.monitor.worker import NoAnswer, Worker
from keras_gradwatch.outputs.about import about
from keras_gradwatch.outputs.table import Table
from keras_gradwatch.outputs.thinning import HISTOGRAMS, is_due
from keras_gradwatch.record import Record
from keras_gradwatch.step.sample import Sample

INTERVAL = 0.5
"""Seconds between two passes: many samples at once cost little more than one. A finding comes this
late, and a crash loses no more than the samples that have come since."""

MANY_WAITING, TOO_MANY_WAITING = 32, 128
"""Samples that end a rest, and samples that the training waits for."""
MOST_HELD = 2**28
"""Bytes of weights from before their batches that samples hold while they wait; then they are
passed on at once."""


class Pipeline:
    """Passes samples on, in order, on a thread of its own.

    Args:
        rules: The rules.
        table: The table of all records.
        outputs: Further outputs, each with `write(record)`, `report(findings)` and `close()`; one
            with `write_all(records)` is given all at once that have come.
        apart: Symptoms that are new even where another finding explains them.
    """

    def __init__(self, rules, table: Table, outputs, apart=()):
        self.latest: Record | None = None
        self.table = table
        self.timing = Timing()
        self.is_suspicious = False
        self._troubles: collections.deque[str] = collections.deque()
        self._rules = rules
        self._outputs = [table, *outputs]
        self._apart = apart
        self._worker = Worker()
        self._waiting: collections.deque[Sample] = collections.deque()
        self._is_asked = False
        self._held = 0
        self._earliest = 0.0
        self._new: collections.deque[tuple[Sample, list[Finding]]] = collections.deque()

    def begin(self) -> None:
        """Starts anew with a model: what was found of another one does not hold for it."""
        self.flush()
        self.timing = Timing()
        self._tracker = FindingTracker(self._rules, self._apart)
        self._reported: list[Finding] = []
        self._judged: Record | None = None
        self._count = 0

    def write_no_files(self) -> None:
        """Keeps the table only: of several processes that train one model, one writes."""
        self.table = Table()
        self._outputs = [self.table]

    def describe(self, model: str, settings: dict) -> None:
        """Says what the run is to the outputs that have a place for it.

        Args:
            model: Name of the model.
            settings: The arguments of the `GradientWatch`.
        """
        self.about = about(model, settings)
        for output in self._outputs:
            if hasattr(output, "describe"):
                self._do_with(output, lambda output: output.describe(self.about))

    def begin_fit(self, step: int) -> None:
        """Says that what comes next begins at a step."""
        if self.table in self._outputs:
            self._do_with(self.table, lambda table: table.begin(step))

    def put(self, sample: Sample) -> None:
        """Passes a sample on, and does not wait for it, unless too many wait already."""
        sample.with_histogram = is_due(self._count, HISTOGRAMS)  # The others stay on the device.
        self._count += 1
        self._waiting.append(sample)
        if sample.snapshot:
            self._held += 4 * int(sample.layout.sizes.sum())
        if not self._is_asked:
            self._is_asked = True
            self._do(self._read_waiting)
        if len(self._waiting) >= TOO_MANY_WAITING:
            self._troubles.append(
                "is slower than the training, which waits for it: sample fewer batches with `every`"
            )
            self.flush()
        elif self._held > MOST_HELD:
            self.flush()
        elif len(self._waiting) >= MANY_WAITING:
            self._worker.hurry()

    def add(self, findings: list[Finding]) -> None:
        """Adds findings that come from elsewhere than the rules."""
        self._do(lambda: self._tracker.add(findings))
        self._do(self._report)

    def keep(self, findings: list[Finding]) -> None:
        """Adds findings that hold for as long as the model is watched."""
        if findings:
            self._do(lambda: self._tracker.keep(findings))
            self._do(self._report)

    def replace(self, old: list[Finding], new: list[Finding]) -> None:
        """Puts explained findings in the place of those that the rules made."""
        self._do(lambda: self._tracker.explain(old, new))
        self._do(self._report)

    def take_new(self) -> list[tuple[Sample, list[Finding]]]:
        """Returns the findings that are new since the last call, each with its sample."""
        return [self._new.popleft() for _ in range(len(self._new))]

    def take_troubles(self) -> list[str]:
        """Returns what went wrong since the last call, a sentence each."""
        return [self._troubles.popleft() for _ in range(len(self._troubles))]

    def flush(self) -> None:
        """Waits until everything that was put has been passed on."""
        self._worker.flush()

    def close(self) -> None:
        """Brings the numbers of the findings up to date, closes the outputs, ends the thread.

        The next sample opens them again.
        """
        self._do(self._report_numbers)
        self.flush()
        for output in list(self._outputs):
            self._do_with(output, lambda output: output.close())
        self._worker.close()

    @property
    def findings(self) -> list[Finding]:
        """The findings that stand now."""
        self.flush()
        return list(self._tracker.findings)

    @property
    def recent(self) -> list[Record]:
        """The latest records, as many as rules look back on."""
        self.flush()
        return list(self._tracker.window.records) if self.latest else []

    @property
    def withdrawn(self) -> list[Finding]:
        """The findings that were reported and do not stand any more."""
        self.flush()
        return list(self._tracker.withdrawn)

    def _read_waiting(self):
        """Passes on all samples that wait, after a rest in which more of them may come."""
        self._worker.rest(self._earliest - time.monotonic())
        self._earliest = time.monotonic() + INTERVAL
        self._is_asked = False  # From now on `put` asks once more.
        self._held = 0
        begun = time.thread_time()
        samples = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for _, alike in itertools.groupby(samples, key=lambda sample: id(sample.layout)):
            self._read(list(alike))
        self.timing.read(time.thread_time() - begun, len(samples))

    def _read(self, samples):
        """Passes on samples of one layout; one that cannot be decoded is lost alone."""
        try:
            records = decode(samples)
        except BaseException as error:
            if len(samples) == 1:
                self._lost(error)
            else:
                for sample in samples:
                    self._read([sample])
            return
        self.latest = records[-1]
        for output in list(self._outputs):
            self._try(output, lambda output: _write(output, records))
        has_new = self._judge(samples, records)
        self._troubles.extend(self._tracker.take_troubles())
        if has_new or _as_written(self._reported) != _as_written(self._tracker.findings):
            self._report()

    def _judge(self, samples, records) -> bool:
        """Asks the rules about the last record, and about each that differs from those before.

        Returns:
            Whether they found something new.
        """
        start, has_new, self.is_suspicious = 0, False, False
        while start < len(records):
            turn = first_turn(records[start:], self._judged)
            judged = len(records) - 1 if turn is None else start + turn
            is_in_epoch = self._judged and self._judged.epoch == records.epoch[judged]
            self.is_suspicious |= turn is not None and bool(is_in_epoch)
            self._tracker.window.add_all(records[start:judged])
            self._judged = records[judged]
            new = self._tracker.read(self._judged)
            if new:
                self._new.append((samples[judged], new))
            start, has_new = judged + 1, has_new or bool(new)
        return has_new

    def _report(self):
        self._reported = self._tracker.findings
        for output in list(self._outputs):
            self._try(output, lambda output: output.report(self._reported))

    def _report_numbers(self):
        if self._reported != self._tracker.findings:
            self._report()

    def _try(self, output, task):
        """An output that fails is turned off, and said so; the others and the training go on."""
        try:
            self._worker.within_limit(lambda: task(output))
        except Exception as error:
            self._outputs.remove(output)
            self._troubles.append(f"turns off {output} after {type(error).__name__}: {error}")
            hangs = isinstance(error, NoAnswer)
            with contextlib.suppress(Exception):
                if output is self.table and not output.is_temporary:
                    self._move_table(task, hangs)
            if not hangs:
                with contextlib.suppress(Exception):
                    self._worker.within_limit(output.close)

    def _move_table(self, task, hangs):
        """Goes on with a temporary table, so that only the file that was asked for is missing."""
        self.table = Table() if hangs else self.table.moved()
        self._outputs.append(self.table)
        self._try(self.table, task)

    def _do_with(self, output, task):
        self._do(lambda: self._try(output, task))

    def _do(self, task):
        self._worker.put(lambda: self._guarded(task))

    def _guarded(self, task):
        try:
            task()
        except BaseException as error:  # Nobody would hear of it: this is a thread.
            self._lost(error)

    def _lost(self, error):
        self._troubles.append(f"lost a sample after {type(error).__name__}: {error}")


def _write(output, records):
    """Writes records, all at once where an output can."""
    if hasattr(output, "write_all"):
        output.write_all(records)
    else:
        for record in records:
            output.write(record)


def _as_written(findings):
    """What the outputs write at once when it changes; the numbers beside it change at each step."""
    return [(f.symptom, f.cause, f.severity, f.weights, f.location) for f in findings]
