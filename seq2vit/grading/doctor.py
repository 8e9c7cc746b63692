"""Which protections this machine gives to grading, and how to get the missing ones."""

import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
MOST = Path("/proc/sys/user/max_user_namespaces")
CLONE = Path("/proc/sys/kernel/unprivileged_userns_clone")

# Runs in a process of its own: tries to shut itself in, and then to get out.
PROBE = """
import json, os, socket, sys
from dataclasses import asdict
from seq2vit.grading import sandbox
from seq2vit.grading.verdict import Limits

def attempt(action):
    try:
        action()
    except BaseException as error:
        return type(error).__name__
    return "done"

out = os.dup(1)
sandbox.remember_size()
made = sandbox.call_filter()
processes = sandbox.enter()
sandbox.unshare(sandbox.NEWPID)
child = os.fork()
if child:
    os.waitpid(child, 0)
    os._exit(0)
me = os.getpid()
sandbox.confine(asdict(Limits()), made)
file = sys.argv[1]
found = {
    "read a file of yours": attempt(lambda: open(file).close()),
    "find a file of yours": attempt(lambda: os.listdir(os.path.dirname(file)).index(os.path.basename(file))),
    "write to the Python installation": attempt(lambda: open(os.path.join(sys.prefix, "seq2vit-probe"), "w").close()),
    "see another process": "done" if me != 1 or os.path.exists("/proc/1") else "FileNotFoundError",
    "start a process": attempt(os.fork),
    "open a network socket": attempt(socket.socket),
    "take back a privilege": attempt(lambda: sandbox.unshare(sandbox.NEWUSER)),
    "read the memory of a process": attempt(lambda: sandbox._call("syscall", 101, 16, 1, 0, 0)),
    "take memory without end": attempt(lambda: bytearray(1 << 40)),
    "write in its own folder": attempt(lambda: open("x", "w").close()),
}
os.write(out, json.dumps(found).encode())
os._exit(0)
"""
ALLOWED = {"write in its own folder"}


def system() -> list[str]:
    """What this system lacks before anything is tried, a line each with what to do."""
    if platform.system() != "Linux":
        return [f"{platform.system()} has no namespaces: grade on Linux, in a Linux container or virtual machine, or with "
                "--unsafe a class that you trust"]
    lines = []
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        lines.append("libseccomp is missing: install it (Debian, Ubuntu: apt install libseccomp2; Fedora: dnf install "
                     "libseccomp) and the extra seq2vit[grade]")
    if os.geteuid() != 0:
        lines += _namespaces()
    return lines


def _namespaces() -> list[str]:
    """Settings that forbid an ordinary user to make user namespaces."""
    if _setting(APPARMOR) == "1":
        return ["AppArmor forbids user namespaces to ordinary programs (Ubuntu 24.04 and later): "
                "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 "
                "(to keep it: put the setting into a file in /etc/sysctl.d)"]
    if _setting(CLONE) == "0":
        return ["this kernel forbids user namespaces to ordinary users: sudo sysctl -w kernel.unprivileged_userns_clone=1"]
    if _setting(MOST) == "0":
        return ["no user namespace may be made here: sudo sysctl -w user.max_user_namespaces=10000"]
    return []


def _setting(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


@cache
def attempts() -> dict[str, str]:
    """What an answer's process could do here, tried from inside it: "done", or the error that stopped it.

    Raises:
        RuntimeError: the process could not shut itself in; one line says at which step.
    """
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run([sys.executable, "-c", PROBE, file.name], capture_output=True, text=True, env=environment,
                              cwd="/", timeout=120)
    try:
        return json.loads(done.stdout)
    except ValueError:
        said = (done.stderr.strip() or f"it ended with {done.returncode}").splitlines()[-1]
        raise RuntimeError(said) from None


def missing() -> list[str]:
    """What keeps this machine from grading safely, a line each with what to do; empty if nothing does."""
    lines = system()
    if lines:
        return lines
    try:
        found = attempts()
    except RuntimeError as error:
        return [f"an answer's process cannot be shut in here ({error}): in a container, allow user namespaces "
                "(docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined --cap-add SYS_ADMIN), "
                "or grade on the machine itself"]
    return [f"an answer's process can {name} here, although it should not: do not grade on this machine"
            for name, result in found.items() if (result == "done") != (name in ALLOWED)]


def main(say: Callable[[str], None] = print) -> int:
    """`seq2vit doctor`: a line for each protection; exit status 0 if grading is safe here, else 1."""
    say(f"{platform.system()} {platform.release()} on {socket.gethostname()}, Python {platform.python_version()}, "
        f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores, "
        f"{'as root' if hasattr(os, 'geteuid') and os.geteuid() == 0 else 'as an ordinary user'}")
    lines = missing()
    if not system():
        try:
            for name, result in attempts().items():
                said = "yes" if result == "done" else f"no ({result})"
                say(f"  can an answer {name}? {said}{'' if (result == 'done') == (name in ALLOWED) else '  <-- WRONG'}")
        except RuntimeError:
            pass
    for line in lines:
        say(f"missing: {line}")
    say("This machine can grade submissions of people who may cheat." if not lines
        else "`seq2vit grade` stops here. With --unsafe it grades all the same, without these protections.")
    return 1 if lines else 0
