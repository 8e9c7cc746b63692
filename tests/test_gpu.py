"""The run on CUDA, as far as a machine without one can show: it refuses, it sees who used the device, it records."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "gpu" / "nbval_cuda.py"
DEVICE = {"name": "Imagined GPU 9000", "driver": "1.2.3", "cuda": "13.0"}
# A stand-in for a device: torch says that there is one, and that memory was allocated on it, then less.
PRETEND = """\
import torch
seeded = torch.manual_seed(17)
peaks = iter([3_000_000, 5_000_000, 1_000_000])
torch.cuda.is_available = lambda: True
torch.cuda.max_memory_allocated = lambda: next(peaks)"""


@pytest.fixture
def nbval_cuda():
    specification = importlib.util.spec_from_file_location("nbval_cuda", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def make(path: Path, *cells: str) -> Path:
    notebook = new_notebook(cells=[new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(notebook, kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=ERROR"]).execute()
    nbformat.write(notebook, path)
    return path


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA: there is nothing to refuse")
def test_refuses_without_cuda(tmp_path):
    done = subprocess.run([sys.executable, SCRIPT, "--results", tmp_path], capture_output=True, text=True)
    assert done.returncode == 2
    assert re.fullmatch(r"gpu: torch \S+ finds no CUDA device: nothing was run\. .*\n", done.stderr)
    assert not list(tmp_path.iterdir())


def test_a_notebook_that_used_the_device_passes_and_is_recorded(tmp_path, nbval_cuda, monkeypatch, capfd):
    monkeypatch.setattr(nbval_cuda, "cuda_device", lambda: DEVICE)
    notebook = make(tmp_path / "a.ipynb", PRETEND, "print(torch.ones(2).sum().item())", "None")
    assert nbval_cuda.main([str(notebook), "--results", str(tmp_path / "results")]) == 0
    said = capfd.readouterr().out
    assert "a.ipynb: peak 4.8 MiB allocated, passed" in said
    (path,) = (tmp_path / "results").iterdir()
    assert re.fullmatch(r"nbval-\d{4}-\d\d-\d\d-imagined-gpu-9000\.json", path.name)
    record = json.loads(path.read_text())
    assert record["passed"] is True
    assert record["device"] == DEVICE
    assert record["versions"]["torch"] == torch.__version__
    assert record["python"] == sys.version.split()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record["date"])
    assert record["command"].startswith("python gpu/nbval_cuda.py")
    (counts,) = record["notebooks"]
    assert counts["peak_bytes"] == 5_000_000  # the largest, though the last cell saw less
    assert counts["seeds"] == [17]
    assert (counts["printing"], counts["compared"], counts["failed"]) == (1, 1, 0)


def test_a_notebook_that_stayed_on_the_cpu_does_not_pass(tmp_path, nbval_cuda, monkeypatch, capfd):
    """Its outputs are right; that the GPU was used is what it does not show."""
    monkeypatch.setattr(nbval_cuda, "cuda_device", lambda: DEVICE)
    notebook = make(tmp_path / "a.ipynb", "import torch", "print(torch.ones(2).sum().item())")
    # With a real device the kernels would see it: hide it from them, as a notebook that forgot it would.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert nbval_cuda.main([str(notebook), "--results", str(tmp_path / "results")]) == 1
    assert "a.ipynb: did not use the GPU, FAILED" in capfd.readouterr().out
    (path,) = (tmp_path / "results").iterdir()
    record = json.loads(path.read_text())
    assert record["passed"] is False
    assert (record["notebooks"][0]["failed"], record["notebooks"][0]["peak_bytes"]) == (0, 0)


def test_no_notebook_is_no_pass(nbval_cuda):
    assert nbval_cuda.record_of(DEVICE, [], [])["passed"] is False


def test_the_image_takes_its_versions_from_the_lock():
    """Nothing in the container file installs a Python package of its own choice, nor names an index."""
    text = (ROOT / "gpu" / "Containerfile").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert any("make env" in line for line in lines)
    assert not [line for line in lines if re.search(r"\bpip3?\b|\buv\b|\bconda\b|index", line)]
    (base,) = re.findall(r"^FROM (\S+) AS check$", text, re.MULTILINE)
    assert re.fullmatch(r"python:3\.1[123]-slim", base)


def test_recorded_results_say_where_they_come_from():
    for path in (ROOT / "gpu" / "results").glob("*.json"):
        record = json.loads(path.read_text())
        missing = {"date", "command", "commit", "device", "versions"} - set(record)
        assert not missing, f"{path.name} lacks {missing}"
        assert record["changed_since_commit"] is False, f"{path.name} is from a checkout with changes of its own"
