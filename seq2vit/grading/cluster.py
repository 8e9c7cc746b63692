"""The Dask side of a run: a cluster of this process's own threads, or a connection to one that is there already."""

import contextlib
import logging
import pkgutil
import tempfile
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from seq2vit import __version__

if TYPE_CHECKING:
    from distributed import Client, SpecCluster

CLOSE = 2  # seconds for saying goodbye to a scheduler, which need not be there any more
SCHEDULER = "the scheduler"
# A function of Python's own: who cannot import the engine can still say so.
VERSION = pkgutil.resolve_name, "seq2vit.grading.cohort:__version__"
QUIET = {
    "distributed.admin.large-graph-warning-threshold": "1GB",  # a submission is data and may have megabytes
    "distributed.diagnostics.nvml": False,
    "distributed.admin.low-level-log-length": 1,  # Dask keeps its last messages, 1000 by default, each with its submission
}
# A cluster inside this process: its threads only wait for other processes, and all that watches them costs more than they do.
LOCAL = QUIET | {
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.admin.system-monitor.interval": "60s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
}


class Unusable(Exception):
    """The scheduler or a worker cannot be used for this; the message is one line that says what to do."""


class Stopped(Exception):
    """The run cannot go on; the message is one line. What has its verdict keeps it, and the rest can be graded later."""


@contextlib.contextmanager
def here(threads: int | None) -> Iterator["Client"]:
    """A scheduler and one worker with this many threads in this process; nothing listens on the network.

    Args:
        threads: None for one for each core that this process may use.
    """
    import dask
    from dask.system import CPU_COUNT  # knows of taskset and of a container's limit
    from distributed import Client, Scheduler, SpecCluster, Worker  # before settings are changed: it brings its own

    _silence()
    with tempfile.TemporaryDirectory(prefix="seq2vit-", ignore_cleanup_errors=True) as folder:
        with dask.config.set(LOCAL | {"temporary-directory": folder}):
            # LocalCluster would listen for HTTP on all interfaces, also without a dashboard.
            inside = {"protocol": "inproc://", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
            # The worker's process is this command: it must not pause because other parts of it are large.
            worker = inside | {"nthreads": threads or CPU_COUNT, "memory_limit": 0}
            cluster = SpecCluster(scheduler={"cls": Scheduler, "options": inside},
                                  workers={0: {"cls": Worker, "options": worker}}, silence_logs=logging.CRITICAL)
            for node in cluster.scheduler, *cluster.workers.values():
                node.http_server.stop()
            client = Client(cluster, set_as_default=False)
            try:
                yield client
            finally:
                close(client)
                with contextlib.suppress(Exception):
                    for worker in cluster.workers.values():  # a thread that is busy when all is over is not waited for
                        cluster.sync(worker.close, executor_wait=False, callback_timeout=CLOSE)
                close(cluster)


@contextlib.contextmanager
def there(address: str, error: type[Exception]) -> Iterator["Client"]:
    """A connection to a scheduler, tried for as long as Dask's setting `distributed.comm.timeouts.connect` says.

    Raises:
        error: no scheduler answers there, or it lacks this package.
    """
    import dask
    from distributed import Client

    _silence()
    with dask.config.set(QUIET):
        try:
            client = Client(address, set_as_default=False)
        # A timeout is an OSError; what is no address a ValueError; a key that is missing a TypeError.
        except (OSError, ValueError, TypeError) as trouble:
            raise error(f"no Dask scheduler answers at {address} ({line(trouble)}): start it, or correct the address") from None
        try:
            yield client
        finally:
            close(client)


def close(peer: "Client | SpecCluster") -> None:
    """Say goodbye, without waiting long for one who does not answer."""
    with contextlib.suppress(Exception):
        peer.close(timeout=CLOSE)


def survey(client: "Client", known: set[str], unsafe: bool) -> int:
    """Threads of all workers that there are now; those not in `known` are looked at, and added to it.

    Raises:
        Unusable: a new worker, or at the first look the scheduler, lacks what grading needs.
        OSError: the connection is lost.
    """
    threads = client.nthreads()
    if not known:
        known.add(SCHEDULER)
        try:
            _fits(SCHEDULER, client.run_on_scheduler(*VERSION))
        except ImportError as error:
            _fits(SCHEDULER, error)
    if new := sorted(set(threads) - known):
        for worker, version in client.run(*VERSION, workers=new, on_error="return").items():
            _fits(f"worker {worker}", version)
        for worker, lack in client.run(lacks, unsafe, workers=new, on_error="return").items():
            _fits(f"worker {worker}", __version__, lack)
        known.update(new)
    return sum(threads.values())


def _fits(name: str, version: str | Exception, lack: str | Exception = "") -> None:
    if isinstance(version, ImportError):
        raise Unusable(f"{name} cannot import the engine ({line(version)}): install seq2vit[grade] {__version__} there")
    for trouble in version, lack:
        if isinstance(trouble, Exception) and not isinstance(trouble, OSError):  # who went away meanwhile does no harm
            raise trouble
    if version != __version__ and not isinstance(version, OSError):
        raise Unusable(f"{name} has seq2vit {version}, this command is {__version__}: install the same version on both")
    if lack and not isinstance(lack, OSError):
        raise Unusable(f"{name} {lack}")


@cache
def lacks(unsafe: bool) -> str:
    """What the machine that this runs on lacks for grading; empty if nothing."""
    if unsafe:
        return ""
    from seq2vit.grading import doctor

    missing = doctor.missing()
    return f"cannot keep answers in a sandbox: {'; '.join(missing)}" if missing else ""


def _silence() -> None:
    """What happens to workers and connections is told by this command, in its own words."""
    for name in ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def line(error: BaseException) -> str:
    """An exception as one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
