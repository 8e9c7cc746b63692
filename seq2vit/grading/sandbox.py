"""What keeps an answer's process from everything but its wire: namespaces, a read-only root, limits, a system call filter.

The warm parent calls `enter` once: from then on it, and all that it forks, see the Python installation read-only and
nothing else: no home, no course, no gradebook, no /proc, no network. Each child calls `confine` before the first line of
a student's code runs.

Linux only, by the same system calls that bubblewrap makes; a process that has torch in memory cannot be started by
bubblewrap, which starts programs.
"""

import contextlib
import ctypes
import os
import resource
import site
import sys
import sysconfig
from pathlib import Path

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
PDEATHSIG, DUMPABLE, NO_NEW_PRIVS = 1, 4, 38
PERSON = 64_123  # who runs answers when the engine itself runs as root: nobody who owns anything
FOLDER = "/run/seq2vit"  # a name that no installation lies under
HERE = Path(__file__).resolve()

# What torch, numpy and Python need once they are loaded, and what an honest answer may do besides (threads, files in its
# folder). Everything else is refused with EPERM, so that a library finds a way round it or says so.
CALLS = """
access arch_prctl brk chdir chmod clock_getres clock_gettime clock_nanosleep close close_range dup dup2 dup3
epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 exit exit_group faccessat faccessat2 fadvise64 fallocate fchmod
fchmodat fcntl fdatasync flock fstat fstatfs fsync ftruncate futex getcwd getdents64 getegid geteuid getgid getgroups
getitimer getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage gettid gettimeofday
getuid get_robust_list lseek lstat madvise membarrier mkdir mkdirat mmap mprotect mremap munmap nanosleep
newfstatat open openat pause pipe pipe2 poll ppoll pread64 preadv pselect6 pwrite64 pwritev read readlink readlinkat
readv recvfrom recvmsg rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask
rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_get_priority_max sched_get_priority_min sched_getaffinity
sched_getparam sched_getscheduler sched_yield select sendfile sendmsg sendto set_robust_list set_tid_address setitimer
shutdown sigaltstack stat statfs statx sysinfo tgkill time times truncate umask uname unlink unlinkat utimensat write
writev
""".split()
IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5451)  # is it a terminal, its size, bytes waiting, non-blocking, close on exec

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _call("unshare", flags)


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    _call("mount", source.encode(), target.encode(), kind.encode() if kind else None, ctypes.c_ulong(flags), options.encode())


def _places() -> list[str]:
    """What a Python process with torch reads.

    Not the whole of a prefix, nor of /usr: an exchange, a hub's settings or a colleague's files may lie in there.
    """
    paths = sysconfig.get_paths()
    places = [f"{prefix}/{name}" for prefix in (sys.base_prefix, sys.prefix, "/usr") for name in ("lib", "lib64", "lib32")]
    places += [paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], *site.getsitepackages()]
    places += [str(HERE.parents[1]), "/lib", "/lib64", "/usr/share/fonts", "/usr/share/fontconfig", "/usr/share/zoneinfo"]
    places += ["/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"]
    return [place for place in places if os.path.exists(place)]


def installation() -> list[str]:
    """The folders and files that an answer's process may read: the installation and the package, nothing beside."""
    found: list[str] = []
    for place in sorted({os.path.realpath(place) for place in _places()}, key=len):
        if not any(place == other or place.startswith(f"{other}/") for other in found):
            found.append(place)
    return found


def _links() -> list[tuple[str, str]]:
    """Symbolic links among these places, such as /lib on a merged system: they are made in the new root as well."""
    return [(place, os.path.realpath(place)) for place in _places() if os.path.islink(place)]


def enter(keep_closed: tuple[int, ...] = ()) -> int:
    """Leave the file system, the network and the other processes' sight. Call it once, in a process with one thread.

    The process that returns is a child of the caller's, the first of its own process namespace; the caller's process only
    waits for it to end.

    Args:
        keep_closed: descriptors that the waiting process must not hold open.

    Returns:
        a descriptor of the process namespace, for `return_to`.

    Raises:
        OSError: the system does not allow it; `doctor` says why and what to do.
    """
    as_root = os.geteuid() == 0
    if as_root:
        unshare(NEWNS)  # as root, so that a private folder on the way to the installation is no obstacle
        _make_root()
        os.setgroups([])
        os.setresgid(PERSON, PERSON, PERSON)
        os.setresuid(PERSON, PERSON, PERSON)
        _libc.prctl(DUMPABLE, 1, 0, 0, 0)  # else /proc/self belongs to root, and the maps below cannot be written
        me = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
        unshare(NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS | NEWPID)
        _map_ids(me, PERSON, PERSON)
    else:
        me, uid, gid = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY), os.geteuid(), os.getegid()
        unshare(NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS | NEWPID)
        _map_ids(me, uid, gid)
        _make_root()
    os.close(me)
    child = os.fork()
    if child:
        for descriptor in keep_closed:
            os.close(descriptor)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()
        os._exit(0)
    _libc.prctl(PDEATHSIG, 9, 0, 0, 0)
    processes = os.open("/proc/self/ns/pid", os.O_RDONLY)
    _leave_proc()
    return processes


def _map_ids(me: int, uid: int, gid: int) -> None:
    """One person in the new user namespace: the one that we are."""
    for name, text in ("setgroups", "deny"), ("uid_map", f"1000 {uid} 1"), ("gid_map", f"1000 {gid} 1"):
        place = os.open(name, os.O_WRONLY, dir_fd=me)
        os.write(place, text.encode())
        os.close(place)


def _make_root() -> None:
    """A root of its own in memory, with the installation bound into it read-only; the old one is let go."""
    mount("none", "/", None, REC | PRIVATE)
    base = "/tmp" if os.path.isdir("/tmp") else "/mnt"
    places = [(place, os.open(place, os.O_PATH)) for place in installation()]  # before /tmp is covered
    mount("tmpfs", base, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    for place, handle in places:
        target = base + place
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            os.makedirs(target, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            Path(target).touch()
        mount(f"/proc/self/fd/{handle}", target, None, BIND | REC)
        if not place.startswith("/dev/"):
            _read_only(target)
        os.close(handle)
    for name, goal in _links():
        if not os.path.lexists(base + name):
            os.makedirs(os.path.dirname(base + name), exist_ok=True)
            os.symlink(goal, base + name)
    for folder in (FOLDER, "/proc", "/old"):
        os.makedirs(base + folder, exist_ok=True)
    mount("/proc", f"{base}/proc", None, BIND | REC)  # for the maps; covered as soon as they are written
    os.chdir(base)
    _call("syscall", _number("pivot_root"), b".", b"old")
    os.chdir("/")
    _call("umount2", b"/old", DETACH)
    os.rmdir("/old")


def _read_only(target: str) -> None:
    """Remount a bind read-only, keeping the flags that a user namespace may not take off."""
    flags = os.statvfs(target).f_flag
    keep = sum(bit for bit in (NOSUID, NODEV, 8, 1024, 2048) if flags & bit)  # noexec, noatime, nodiratime
    mount("none", target, None, BIND | REMOUNT | RDONLY | keep)


def _leave_proc() -> None:
    """No /proc: what is not there cannot be read, and nothing needs it once Python runs."""
    mount("tmpfs", "/proc", "tmpfs", NOSUID | NODEV | RDONLY, "size=4k,mode=555")
    mount("none", "/", None, BIND | REMOUNT | RDONLY | NOSUID | NODEV)


def _number(name: str) -> int:
    """A system call's number on this machine."""
    import pyseccomp

    return pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)


def call_filter():
    """The filter of system calls, made once in the warm parent and loaded in each child."""
    import errno

    import pyseccomp

    made = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in CALLS:
        with contextlib.suppress(ValueError, OSError):  # some are not there on every machine
            made.add_rule(pyseccomp.ALLOW, name)
    thread = 0x10000  # CLONE_THREAD: threads, but no further process
    made.add_rule(pyseccomp.ALLOW, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, thread, thread))
    made.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags lie in memory; glibc then uses clone
    for request in IOCTLS:
        made.add_rule(pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, request))
    made.add_rule(pyseccomp.ALLOW, "socketpair", pyseccomp.Arg(0, pyseccomp.EQ, 1))  # within the process, as asyncio needs
    made.add_rule(pyseccomp.ALLOW, "prctl", pyseccomp.Arg(0, pyseccomp.EQ, 15))  # a thread's name
    return made


def limit(limits: dict) -> None:
    """The resource limits of one process, its memory counted from here on."""
    wanted = {"CPU": int(limits["cpu"]), "CORE": 0, "NOFILE": limits["files"], "FSIZE": limits["folder"], "MEMLOCK": 0,
              "MSGQUEUE": 0, "SIGPENDING": 100}
    if _size:
        wanted["AS"] = _size + limits["memory"]
    for name, value in wanted.items():
        if what := getattr(resource, f"RLIMIT_{name}", None):  # with --unsafe this may be another system than Linux
            resource.setrlimit(what, (value, value))


_size = 0  # bytes of address space that the warm parent has


def remember_size() -> None:
    """Measure the address space, before /proc is gone."""
    global _size
    if not os.path.exists("/proc/self/statm"):
        return
    with open("/proc/self/statm") as statm:
        _size = int(statm.read().split()[0]) * resource.getpagesize()


def confine(limits: dict, made) -> None:
    """Take everything else from a freshly forked child: call it before anything of a student's runs.

    Args:
        limits: see `verdict.Limits`.
        made: what `call_filter` returned.
    """
    unshare(NEWNS | NEWNET | NEWIPC)
    mount("tmpfs", FOLDER, "tmpfs", NOSUID | NODEV, f"size={limits['folder']},nr_inodes=1000,mode=755")
    os.chdir(FOLDER)
    limit(limits)
    unshare(NEWUSER)  # nobody mapped in it: threads are counted for this child alone
    resource.setrlimit(resource.RLIMIT_NPROC, (limits["threads"], limits["threads"]))
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _call("capset", header, none)
    _libc.prctl(DUMPABLE, 0, 0, 0, 0)
    _libc.prctl(PDEATHSIG, 9, 0, 0, 0)
    _call("prctl", NO_NEW_PRIVS, 1, 0, 0, 0)
    made.load()


def return_to(processes: int) -> None:
    """The next child of this process belongs to its own process namespace again."""
    _call("setns", processes, NEWPID)
