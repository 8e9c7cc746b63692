"""make nbval-gpu: the nbval run on CUDA, with proof that the notebooks used the GPU, and a record of it.

Runs every solution notebook again on this machine's GPU and compares its text outputs with those stored (they were
made on a CPU; notebooks print what is the same on both). Installs nothing. Fails with one line where torch finds no
CUDA device, and when a notebook left no memory allocated on the device: a run that quietly fell back to the CPU is
not a pass. Writes gpu/results/nbval-DATE-DEVICE.json either way.

    python gpu/nbval_cuda.py [NOTEBOOK ...] [--results FOLDER]
"""

import argparse
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HOOK = HERE / "peak_memory.py"
VERSIONS = ("numpy", "nbval", "ipykernel", "seq2vit")


def cuda_device() -> dict | None:
    """The CUDA device that torch would use, with its driver; None where there is none."""
    if not torch.cuda.is_available():
        return None
    device = torch.cuda.get_device_properties(0)
    return {
        "name": device.name,
        "memory_bytes": device.total_memory,
        "capability": f"{device.major}.{device.minor}",
        "driver": output_of("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"),
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


def output_of(*command: str) -> str | None:
    """The first line that a command prints; None if it is not there or fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.partition("\n")[0].strip()


def run_notebook(notebook: Path) -> dict:
    """Run nbval on one notebook, in kernels that report the device memory that they allocated.

    Returns:
        the counts of tools/nbval_run.py, `peak_bytes` (0 if the GPU was not used), `sha256`, `seeds` and `passed`.
    """
    with tempfile.TemporaryDirectory(prefix="seq2vit-gpu-") as folder:
        # A profile of its own: IPython runs the hook at the start of each kernel, and no setting of yours.
        startup = Path(folder, "ipython", "profile_default", "startup")
        startup.mkdir(parents=True)
        shutil.copy(HOOK, startup)
        peak, report = Path(folder, "peak"), Path(folder, "report.json")
        environment = os.environ | {"IPYTHONDIR": str(startup.parents[1]), "SEQ2VIT_PEAK_FILE": str(peak)}
        command = [sys.executable, str(ROOT / "tools" / "nbval_run.py"), str(notebook), "--report", str(report)]
        status = subprocess.run(command, cwd=ROOT, env=environment).returncode
        counts = json.loads(report.read_text())["notebooks"] if report.is_file() else {}
        peak_bytes = int(peak.read_text()) if peak.is_file() else 0
    source = notebook.read_bytes()
    return {
        "notebook": str(notebook.relative_to(ROOT)) if notebook.is_relative_to(ROOT) else notebook.name,
        "sha256": hashlib.sha256(source).hexdigest(),
        "seeds": sorted({int(seed) for seed in re.findall(rb"manual_seed\((\d+)\)", source)}),
        **next(iter(counts.values()), {}),
        "peak_bytes": peak_bytes,
        "passed": status == 0 and peak_bytes > 0,
    }


def record_of(device: dict, notebooks: list[dict], arguments: list[str]) -> dict:
    """All that somebody needs to judge the run, or to repeat it; no path and no name of the machine."""
    return {
        "what": "nbval on CUDA: the solution notebooks run again, their text outputs compared with those stored",
        "passed": bool(notebooks) and all(one["passed"] for one in notebooks),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": " ".join(["python gpu/nbval_cuda.py", *arguments]),
        "commit": output_of("git", "rev-parse", "HEAD"),
        "changed_since_commit": bool(output_of("git", "status", "--porcelain", "--untracked-files=no")),
        "device": device,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        # torch names its build (+cpu, +cu130) itself; its metadata may not
        "versions": {"torch": torch.__version__} | {name: importlib.metadata.version(name) for name in VERSIONS},
        "notebooks": notebooks,
    }


def write_record(record: dict, folder: Path) -> Path:
    """Write the record as JSON under a name that says when and where it was made. Returns its path."""
    device = re.sub(r"[^a-z0-9]+", "-", record["device"]["name"].lower()).strip("-")
    path = folder / f"nbval-{record['date'][:10]}-{device}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return path


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="gpu/nbval_cuda.py", description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of solutions/")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="where the record goes")
    options = parser.parse_args(arguments)
    device = cuda_device()
    if device is None:
        why = f"torch {torch.__version__} finds no CUDA device"
        print(f"gpu: {why}: nothing was run. See gpu/README.md for what this needs.", file=sys.stderr)
        return 2
    notebooks = [path.resolve() for path in options.notebooks] or sorted(ROOT.glob("solutions/*/*.ipynb"))
    if missing := [str(path) for path in notebooks if not path.is_file()]:
        print(f"gpu: no notebook {missing[0]}", file=sys.stderr)
        return 2
    print(f"gpu: {device['name']}, driver {device['driver']}, CUDA {device['cuda']}", flush=True)
    results = []
    for notebook in notebooks:
        result = run_notebook(notebook)
        results.append(result)
        used = f"peak {result['peak_bytes'] / 2**20:.1f} MiB allocated"
        print(
            f"gpu: {result['notebook']}: {used if result['peak_bytes'] else 'did not use the GPU'},",
            "passed" if result["passed"] else "FAILED",
            flush=True,
        )
    record = record_of(device, results, arguments)
    path = write_record(record, options.results)
    print(f"gpu: {'passed' if record['passed'] else 'FAILED'}; the record: {path.name} in {options.results.name}/")
    return 0 if record["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
