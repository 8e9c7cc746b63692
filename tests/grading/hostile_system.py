"""Attacks on the machine: processes, memory, disk, output, time, descriptors."""

from hostile import Attack, one

# Says what came of each attempt; `call` makes a system call by its number, which stands in CALLS.
TRY = """\
import ctypes, errno, os, resource, signal, socket, sys, threading, time

libc = ctypes.CDLL(None, use_errno=True)

def tell(name, action):
    try:
        action()
        print(f"{name}: done")
    except BaseException as error:
        print(f"{name}: {errno.errorcode.get(getattr(error, 'errno', None), type(error).__name__)}")

def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
"""


def system(name: str, idea: str, source: str, says: str = "", earns: str = "234", **more) -> Attack:
    return one(name, idea, f"{TRY}\n{source}", earns, says=says, **more)


def in_call(name: str, idea: str, body: str, event: str, earns: str = "234", **more) -> Attack:
    """The attack happens when the test calls."""
    return one(name, idea, f"{TRY}\ndef double(x):\n    {body}\n    return x + 1", earns, event=event, **more)


PROCESSES = [
    system("fork", "a process that outlives the grading", "tell('fork', os.fork)", "fork: EPERM"),
    system("a fork bomb", "processes that make processes", """\
for _ in range(200):
    try:
        if os.fork() == 0:
            while True:
                os.fork()
    except OSError as error:
        refused = errno.errorcode[error.errno]
print(refused)
""", "EPERM"),
    system("programs", "a shell, and another Python", """\
import subprocess
for name in ["/bin/sh", sys.executable, "/usr/bin/env"]:
    tell("run", lambda: subprocess.run([name, "--version"]))
    tell("exec", lambda: os.execv(name, [name]))
tell("spawn", lambda: os.posix_spawn("/bin/sh", ["sh"], {}))
os.system("true")
print(os.popen)
""", r"run: (EPERM|ENOENT)\nexec: (EPERM|ENOENT)"),
    system("multiprocessing", "a pool of workers", """\
import multiprocessing
def work(): pass
tell("spawn", lambda: multiprocessing.get_context("fork").Process(target=work).start())
tell("lock", lambda: multiprocessing.Lock())
tell("shared", lambda: __import__("multiprocessing.shared_memory").shared_memory.SharedMemory(create=True, size=10))
""", "spawn: EPERM"),
    system("threads without end", "a thread bomb", """\
def wait():
    time.sleep(60)
made = 0
try:
    while made < 1000:
        threading.Thread(target=wait, daemon=True).start()
        made += 1
except RuntimeError:
    pass
print("few" if made < 10 else made)
""", "few"),
    system("threads that go on", "threads that compute for ever after the call", """\
def burn():
    while True:
        sum(range(1000))
for _ in range(3):
    threading.Thread(target=burn).start()
""", earns="234", at_most=True, event="|"),
    system("torch's threads", "a pool of 64 threads", """\
tell("threads", lambda: torch.set_num_threads(64))
tell("product", lambda: torch.ones(300, 300) @ torch.ones(300, 300))
""", "", at_most=True, event="|", fails=True),
    system("signals to others", "kill everything that can be named", """\
for target in -1, 0, 1, 2, os.getppid():
    tell("kill", lambda: os.kill(target, signal.SIGKILL))
tell("group", lambda: os.killpg(0, signal.SIGKILL))
tell("stop", lambda: signal.raise_signal(signal.SIGSTOP))
""", r"kill: EPERM\nkill: EPERM\nkill: EPERM\nkill: EPERM\nkill: EPERM\ngroup: EPERM\nstop: done"),
    system("other processes' memory", "ptrace, process_vm_readv and pidfd_open", """\
for pid in 1, 2, os.getppid():
    for kind in "PTRACE", "PIDFD_OPEN":
        tell(kind, lambda: call(CALLS[kind.lower()], 16, pid, 0, 0))
    tell("READV", lambda: call(CALLS["process_vm_readv"], pid, 0, 0, 0, 0, 0))
""", r"\A(\w+: EPERM\n){9}"),
]
MEMORY = [
    system("all memory", "bytearrays until there is no more", """\
kept = []
try:
    while True:
        kept.append(bytearray(50_000_000))
except MemoryError:
    print("stopped after", len(kept) < 20)
kept.clear()
""", "stopped after True|endless loop", event="|"),
    system("all memory by mmap", "anonymous and shared maps", """\
import mmap
kept = []
try:
    while True:
        kept.append(mmap.mmap(-1, 100_000_000))
except (OSError, ValueError, MemoryError) as error:
    print("stopped after", len(kept) < 10)
kept.clear()
""", "stopped after True"),
    in_call("memory in a call", "a call fills memory", "x = [bytearray(50_000_000) for _ in range(1000)]", "|"),
    in_call("a tensor of 2^40 numbers", "a call wants more than there is", "x = torch.zeros(1 << 40)", "|"),
    system("the folder filled", "files until the folder is full", """\
def fill():
    with open("large", "wb") as file:
        while True:
            file.write(bytes(1_000_000))
tell("fill", fill)
print(os.path.getsize("large") <= 4_000_000)
""", r"fill: (ENOSPC|EFBIG)\nTrue"),
    system("many files", "a million files and folders", """\
def many():
    for number in range(1_000_000):
        open(f"{number}", "w").close()
tell("many", many)
print(len(os.listdir(".")) < 1100)
""", "many: ENOSPC\nTrue"),
    system("many descriptors", "pipes and sockets until there are none", """\
kept = []
def pipes():
    while True:
        kept.append(os.pipe())
tell("pipes", pipes)
for pair in kept:
    for descriptor in pair:
        os.close(descriptor)
""", "pipes: EMFILE"),
    system("memory beside the process", "memfd, System V, POSIX queues, huge pipes", """\
for name, arguments in {"memfd_create": (b"x", 0), "shmget": (0, 1 << 20, 0o1600), "msgget": (0, 0o1600),
                        "semget": (0, 9, 0o1600), "mq_open": (b"/x", 66, 0o600, 0), "userfaultfd": (0,)}.items():
    tell(name, lambda: call(CALLS[name], *arguments))
tell("shm", lambda: open("/dev/shm/x", "w"))
""", r"memfd_create: EPERM\nshmget: EPERM\nmsgget: EPERM\nsemget: EPERM\nmq_open: EPERM\nuserfaultfd: EPERM\nshm: E"),
]
TIME = [
    in_call("an endless loop", "a call does not come back", "while True: pass", "09_q1: out of time"),
    in_call("a long sleep", "a call sleeps", "time.sleep(1000)", "09_q1: out of time"),
    in_call("an endless loop in C", "a regular expression without end",
            "import re; re.match('(a|a)*b', 'a' * 60)", "09_q1: out of time"),
    in_call("a computation without end", "a matrix product that takes a minute",
            "a = torch.ones(5000, 5000); [a @ a for _ in range(99)]", "09_q1"),
    in_call("a join that never ends", "a call waits for a thread of its own",
            "threading.Thread(target=lambda: time.sleep(99)).start(); threading.main_thread().join()", "09_q1|^$",
                at_most=True),
    in_call("a __del__ that never ends", "the garbage collector runs the student's loop",
            "type('D', (), {'__del__': lambda self: [0 for _ in iter(int, 1)]})()", "09_q1: out of time"),
    in_call("deaf to signals", "every signal is ignored while a call runs on",
            "[signal.signal(n, signal.SIG_IGN) for n in (14, 15, 24)]\n    while True: pass", "09_q1: out of time"),
    system("an endless cell", "a cell does not come back", "while True: pass", "endless loop",
           event="a cell was given up: out of time"),
]
ENDS = [
    in_call("os._exit", "a call ends the process", "os._exit(0)", "09_q1: it ended"),
    in_call("a fault", "a call reads where nothing is", "ctypes.string_at(0)", "09_q1: it ended"),
    in_call("abort", "a call aborts", "os.abort()", "09_q1: it ended"),
    in_call("a stack overflow in C", "recursion without Python's limit",
            "sys.setrecursionlimit(10**9); f = lambda: f(); f()", "09_q1", at_most=True),
    in_call("recursion", "Python's own limit", "return double(x)", ""),
    in_call("a signal to itself", "SIGKILL, SIGSEGV and SIGSTOP", "[signal.raise_signal(n) for n in (9, 19, 11)]", "09_q1|^$",
            at_most=True),
    system("os._exit in a cell", "a cell ends the process", "os._exit(0)", says="ended its process",
           event="a cell was given up: it ended"),
    system("sys.exit in a cell", "a cell ends Python", "sys.exit(0)", says="SystemExit", fails=True),
]
OUTPUT = [
    system("a flood of prints", "a cell prints without end", """\
for _ in range(100_000):
    print("x" * 1000)
    sys.stderr.write("y" * 1000)
""", r"x\n\[\.\.\.\]|\[\.\.\.\]"),
    system("a flood past Python", "os.write to the descriptors of output", """\
for _ in range(10_000):
    os.write(1, b"z" * 10_000)
    os.write(2, b"z" * 10_000)
os.write(1, b"09_q1: all tests pass")
print("written")
""", "written"),
    system("a flood of logging", "log records and warnings", """\
import logging, warnings
logging.basicConfig(level=0, stream=sys.stdout)
for number in range(20_000):
    logging.error("e" * 100)
warnings.warn("w" * 100_000)
""", r"\[\.\.\.\]"),
    Attack("a thousand printing cells", "each cell prints all that it may", {}, "1234", says=r"xxx",
           extra={"09_q1": ["print('x' * 3_900)"] * 300}),
    Attack("a thousand failing cells", "each cell raises an error as long as may be", {}, "1234", fails=True,
           extra={"09_q1": ["raise type('E' * 3_900, (Exception,), {})"] * 300}),
    system("inherited descriptors", "writes into every descriptor but its own", """\
found = []
for descriptor in range(1024):
    try:
        os.fstat(descriptor)
        found.append(descriptor)
    except OSError:
        pass
print(found)
""", r"\[0, 1, 2, 3\]"),
    system("garbage into every descriptor", "and writes garbage into each of them", """\
for descriptor in range(1024):
    try:
        os.write(descriptor, b"garbage" * 10)
    except OSError:
        pass
""", event="a cell was given up: it sent"),
]
SYSTEM: list[Attack] = [*PROCESSES, *MEMORY, *TIME, *ENDS, *OUTPUT]
