"""Trains all cases of a kind, in processes of their own."""

import multiprocessing

from benchmarks.detection.case import Run, run


def train(kind: str, seed: int, processes: int) -> list[Run]:
    """Trains all cases of a kind.

    Args:
        kind: `"healthy"` or `"faulty"`.
        seed: Seed of everything random.
        processes: Number of processes. They are renewed from time to time: graphs pile up.

    Returns:
        The runs, in the order of the cases.
    """
    jobs = [(kind, index, seed) for index in range(len(_cases(kind)))]
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, maxtasksperchild=25) as pool:
        return pool.map(_run, jobs, chunksize=1)


def _run(job):
    kind, index, seed = job
    return run(_cases(kind)[index], seed)


def _cases(kind):
    # Here, since a process that only waits need not build initializers and load data.
    from benchmarks.detection import faulty, healthy

    return {"healthy": healthy, "faulty": faulty}[kind].CASES
