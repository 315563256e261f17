"""One thread that reads results off the device and writes files, so that training does not wait."""

import threading
from collections.abc import Callable
from concurrent import futures


class Worker:
    """Runs tasks in the order given, on a thread of its own that drains when Python exits.

    Where no thread can be started the tasks run at once.
    """

    def __init__(self) -> None:
        self._hurry = threading.Event()
        self._pool: futures.ThreadPoolExecutor | None = None
        self._last: futures.Future | None = None
        self._thread: int | None = None

    def put(self, task: Callable[[], None]) -> None:
        """Adds a task; what it raises is lost."""
        if self._pool is None:
            self._pool = futures.ThreadPoolExecutor(1, "GradientWatch", self._begin)
        try:
            self._last = self._pool.submit(task)
        except RuntimeError:  # The machine has no more threads, or the interpreter ends.
            self._pool = self._last = None
            task()

    def rest(self, seconds: float) -> None:
        """Lets the task of now wait for more to do, until `hurry` or `flush` is called."""
        if seconds > 0 and threading.get_ident() == self._thread:
            self._hurry.wait(seconds)
        self._hurry.clear()

    def hurry(self) -> None:
        """Ends the rest of now, or else the next one."""
        self._hurry.set()

    def flush(self) -> None:
        """Waits until all tasks are done; a task that calls it does not wait for itself."""
        last = self._last
        if last is not None and threading.get_ident() != self._thread:
            self.hurry()
            futures.wait([last])

    def close(self) -> None:
        """Waits until all tasks are done, and ends the thread."""
        pool, self._pool, self._last, self._thread = self._pool, None, None, None
        if pool is not None:
            pool.shutdown()

    def _begin(self):
        self._thread = threading.get_ident()
