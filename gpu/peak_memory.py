"""Run by IPython when a kernel starts: after each cell, write the most device memory that torch had allocated so far.

After each cell and not at exit, because nbval kills its kernels. The largest value is kept, so that a notebook which
resets torch's statistics does not hide what it used. `SEQ2VIT_PEAK_FILE` names the file, which holds bytes.
"""


def _watch_memory(ipython):
    # Imports stay in here: a name left in the notebook's namespace would hide an import that the notebook lacks.
    import os
    import sys
    from pathlib import Path

    most = 0

    def write_peak(_result=None):
        nonlocal most
        torch = sys.modules.get("torch")  # only if the notebook imported it: the hook adds no import of its own
        if torch is not None and torch.cuda.is_available():
            most = max(most, torch.cuda.max_memory_allocated())
            Path(os.environ["SEQ2VIT_PEAK_FILE"]).write_text(str(most))

    if "SEQ2VIT_PEAK_FILE" in os.environ:
        ipython.events.register("post_run_cell", write_peak)


_watch_memory(get_ipython())  # noqa: F821 (IPython's own name)
del _watch_memory
