"""The threads of a watch: one reads the device and thinks, one writes and may hang."""

import queue
import threading
from collections.abc import Callable
from concurrent import futures

LIMIT = 60.0
"""Seconds that a file system or a server has for one write."""


class NoAnswer(TimeoutError):
    """What was to be written has not been written in time."""


class Worker:
    """Runs tasks in the order given, on a thread of its own that drains when Python exits.

    Where no thread can be started the tasks run at once.
    """

    def __init__(self) -> None:
        self._hurry = threading.Event()
        self._pool: futures.ThreadPoolExecutor | None = None
        self._last: futures.Future | None = None
        self._own: set[int] = set()
        self._limited: queue.SimpleQueue | None = None

    def put(self, task: Callable[[], None]) -> None:
        """Adds a task; what it raises is lost."""
        if self._pool is None:
            self._pool = futures.ThreadPoolExecutor(1, "GradientWatch", self._begin)
        try:
            self._last = self._pool.submit(task)
        except RuntimeError:  # The machine has no more threads, or the interpreter ends.
            self._pool = self._last = None
            task()

    def within_limit(self, task: Callable[[], None]) -> None:
        """Runs a part of the task of now that may hang, and waits for it `LIMIT` seconds.

        One that hangs is left behind with its thread, for which no exit of Python waits.

        Raises:
            NoAnswer: If it takes longer.
        """
        done: futures.Future = futures.Future()
        try:
            self._limited_tasks().put((task, done))
        except RuntimeError:  # There is no thread to be had.
            return task()
        if not futures.wait([done], LIMIT).done:
            self._leave_limited()
            raise NoAnswer(f"nothing was heard for {LIMIT:g} s")
        done.result()

    def rest(self, seconds: float) -> None:
        """Lets the task of now wait for more to do, until `hurry` or `flush` is called."""
        if seconds > 0 and self._is_within():
            self._hurry.wait(seconds)
        self._hurry.clear()

    def hurry(self) -> None:
        """Ends the rest of now, or else the next one."""
        self._hurry.set()

    def flush(self) -> None:
        """Waits until all tasks are done; a task that calls it does not wait for itself."""
        last = self._last
        if last is not None and not self._is_within():
            self.hurry()
            futures.wait([last])

    def close(self) -> None:
        """Waits until all tasks are done, and ends the threads."""
        pool, self._pool, self._last = self._pool, None, None
        if pool is not None:
            pool.shutdown()
        self._leave_limited()
        self._own.clear()

    def _begin(self):
        self._own.add(threading.get_ident())

    def _is_within(self):
        return threading.get_ident() in self._own

    def _limited_tasks(self):
        if self._limited is None:
            tasks: queue.SimpleQueue = queue.SimpleQueue()
            threading.Thread(
                target=self._run_limited, args=(tasks,), name="GradientWatch output", daemon=True
            ).start()
            self._limited = tasks
        return self._limited

    def _leave_limited(self):
        tasks, self._limited = self._limited, None
        if tasks is not None:
            tasks.put(None)

    def _run_limited(self, tasks):
        self._begin()
        while (item := tasks.get()) is not None:
            _run(*item)
            del item  # A thread that waits keeps nothing of its last task alive.


def _run(task, done):
    try:
        done.set_result(task())
    except BaseException as error:
        done.set_exception(error)
