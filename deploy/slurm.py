"""Grade on a Slurm cluster: ask for jobs, grade on them with `seq2vit grade`, and give them back.

    python deploy/slurm.py --jobs 4 01_seq2seq

Run it on a machine from which `sbatch` works, in the course's folder; it needs dask-jobqueue besides seq2vit[grade]. What
a job is, slurm.yaml beside this file says. The nodes need the same Python environment at the same path, and the key that
`sh deploy/certificates.sh` makes; of the course they need nothing.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import dask
import yaml

SETTINGS = Path(__file__).resolve().with_suffix(".yaml")


def make_cluster():
    """A scheduler in this process, and as yet no jobs.

    Raises:
        ValueError: Dask has no key; one line says what to do.
    """
    from dask_jobqueue import SLURMCluster
    from distributed.security import Security

    dask.config.update_defaults(yaml.safe_load(SETTINGS.read_text()))
    security, settings = Security(), os.environ.get("DASK_CONFIG", "")
    if not (security.require_encryption and security.tls_scheduler_key and settings):
        raise ValueError("without a key, everybody on this cluster could run code in your jobs, with your rights: run "
                         "`sh deploy/certificates.sh FOLDER` and then `export DASK_CONFIG=FOLDER/dask.yaml`")
    tell = f"export DASK_CONFIG={shlex.quote(str(Path(settings).resolve()))}"
    prologue = [*dask.config.get("jobqueue.slurm.job-script-prologue"), tell]
    return SLURMCluster(security=security, job_script_prologue=prologue)


def grade(address: str, arguments: list[str]) -> int:
    """Run `seq2vit grade` on the scheduler at `address`; returns its exit status."""
    program = Path(sys.executable).with_name("seq2vit")
    child = subprocess.Popen([program, "grade", *arguments, "--scheduler", address])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it, too: it ends in good order, and then so do we
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="slurm.py", description="Grade on a Slurm cluster.",
                                     usage="python deploy/slurm.py [--jobs N] [--show] ASSIGNMENT [options of `seq2vit grade`]")
    parser.add_argument("--jobs", type=int, default=2, help="how many jobs to ask Slurm for (default 2)")
    parser.add_argument("--show", action="store_true", help="print the job script, and do nothing else")
    options, rest = parser.parse_known_args(arguments)
    if not rest and not options.show:
        parser.error("name the assignment")
    if options.jobs < 1:
        parser.error("--jobs: give a whole number, at least 1")
    try:
        with make_cluster() as cluster:
            if options.show:
                print(cluster.job_script())
                return 0
            cluster.scale(jobs=options.jobs)
            return grade(cluster.scheduler_address, rest)
    except ImportError as error:
        print(f"slurm.py: {error}: run `pip install dask-jobqueue 'seq2vit[grade]'`", file=sys.stderr)
    except ValueError as error:
        print(f"slurm.py: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
