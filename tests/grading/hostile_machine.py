"""Attacks on what lies outside the answers' process: files, the network, other processes' rights, the kernel."""

import platform

from hostile import Attack
from hostile_system import in_call, system

FILES = [
    system("other people's files", "the course, the gradebook, the tests, passwords", """\
libraries = [torch.__file__, checks.__file__, os.__file__]
def is_way(place):  # the folders that lead to the libraries are there, with nothing else in them
    return os.path.isdir(place) and all(
        any(file.startswith(f"{place}/{name}") for file in libraries) for name in os.listdir(place))
for place in [*PRIVATE, "/etc/passwd", "/etc/hostname", "/root/.bashrc", "/home", "/tmp", "/var", "/srv", "/usr/share/nbgrader",
              "/usr/local/share", "/usr/bin", "/proc/1/environ", "/proc/self/mem", "/proc/self/maps", "/sys/kernel"]:
    try:
        os.stat(place)
        if not is_way(place):
            print("sees", place)
    except OSError as error:
        assert error.errno in (errno.ENOENT, errno.EACCES), error
print("looked")
""", r"\Alooked"),
    system("files outside the folder", "writing wherever a path leads", """\
for place in [*CANARIES, "/x", "/usr/x", "/lib/x", "/run/x", "/dev/x", "/dev/null/x", "/etc/x", "../x", "../../x", "/proc/x"]:
    try:
        open(place, "w").close()
        print("wrote", place)
    except OSError:
        pass
print("looked")
""", r"\Alooked"),
    system("links out of the folder", "symbolic and hard links, and renames", """\
for place in CANARIES:
    tell("symlink", lambda: os.symlink(place, "link"))
    tell("through", lambda: open("link", "w").close())
    tell("link", lambda: os.link(place, "hard"))
    tell("rename", lambda: os.rename(place, "here"))
    tell("climb", lambda: os.chdir("/../../../.."))
    tell("chroot", lambda: os.chroot("."))
""", r"symlink: E\w+\nthrough: E\w+|symlink: done\nthrough: E"),
    system("the installation", "code for the next submission in Python's own files", """\
import site
targets = [torch.__file__, checks.__file__, os.__file__, os.path.join(os.path.dirname(torch.__file__), "__pycache__", "x.pyc"),
           os.path.join(site.getsitepackages()[0], "evil.pth"), os.path.join(site.getsitepackages()[0], "sitecustomize.py")]
for place in targets:
    tell("write", lambda: open(place, "a").close())
    tell("remove", lambda: os.unlink(place))
    tell("mode", lambda: os.chmod(place, 0o777))
    tell("time", lambda: os.utime(place))
    tell("folder", lambda: os.mkdir(place + "x"))
    tell("away", lambda: os.rename(os.path.dirname(place), os.path.dirname(place) + "x"))
""", r"\A((write|mode|time|folder): E(ROFS|ACCES|PERM)\n|remove: E\w+\n|(mode|time|remove): ENOENT\n|away: E\w+\n)+\Z"),
    system("the environment", "settings for what comes next", """\
os.environ.update(PYTHONPATH="/run/seq2vit", LD_PRELOAD="x.so", OMP_NUM_THREADS="64", PYTHONSTARTUP="x", HOME="/")
open("sitecustomize.py", "w").write("raise SystemExit")
open("torch.py", "w").write("raise SystemExit")
sys.path.insert(0, os.getcwd())
os.umask(0)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3)) if hasattr(os, "nothing") else None
print(sorted(os.listdir(".")))
""", r"\['sitecustomize.py', 'torch.py'\]"),
    system("traces for the next one", "looks for what an earlier submission left", """\
found = [place for place in (".", "/run", "/dev", "/proc", "/run/seq2vit") for place in os.listdir(place)]
print(sorted(found), hasattr(torch, "left"), "LEFT" in os.environ)
torch.left = checks.left = sys.left = True
os.environ["LEFT"] = "here"
open("left", "w").write("here")
""", r"\['null', 'random', 'seq2vit', 'urandom', 'zero'\] False False"),
    system("the same again", "the same submission a second time", """\
print(os.listdir("."), hasattr(torch, "left"), "LEFT" in os.environ)
""", r"\[\] False False"),
    system("shared maps of libraries", "torch's own code is changed in memory", """\
import mmap
path = torch._C.__file__
tell("open", lambda: open(path, "r+b"))
with open(path, "rb") as file:
    tell("map", lambda: mmap.mmap(file.fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
    own = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    own[:4] = b"EVIL"
print("private only")
""", r"open: E(ROFS|ACCES)\nmap: EACCES\nprivate only"),
]
KERNEL = [
    system("sockets", "the network, by every family", """\
for family in "AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG":
    tell(family, lambda: socket.socket(getattr(socket, family), socket.SOCK_STREAM if family != "AF_ALG" else 5))
    if family != "AF_UNIX":
        tell("pair", lambda: call(CALLS["socketpair"], getattr(socket, family), 1, 0, ctypes.create_string_buffer(8)))
tell("name", lambda: socket.create_connection(("localhost", 80), 1))
""", r"\A((AF_\w+|pair): EPERM\n)+name: "),
    system("doors of the kernel", "what has let others out before", """\
for name in DANGEROUS:
    tell(name, lambda: call(CALLS[name], 0, 0, 0, 0, 0, 0))
""", r"\A(\w+: (EPERM|ENOSYS)\n?)+\Z"),
    system("namespaces anew", "a namespace of one's own, with all its powers", """\
for flag in 0x20000, 0x10000000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0x2000000, 0x80:
    tell("unshare", lambda: call(CALLS["unshare"], flag))
    tell("clone", lambda: call(CALLS["clone"], flag | 17, 0, 0, 0, 0))
    if flag != 0x80:  # there it is a signal's number, and the thread would run on this one's stack
        tell("thread", lambda: call(CALLS["clone"], flag | 0x10000 | 0x800 | 0x100, 0, 0, 0, 0))
tell("clone3", lambda: call(CALLS["clone3"], 0, 0))
""", r"\A((unshare|clone|thread): E(PERM|INVAL)\n)+clone3: ENOSYS"),
    system("terminal tricks", "ioctl that types for somebody else", """\
for request in 0x5412, 0x541C, 0x5404, 0x89A1, 0xAE01, 0x5412 | 1 << 32:
    for descriptor in 0, 1, 2, 3:
        tell("ioctl", lambda: call(CALLS["ioctl"], descriptor, ctypes.c_ulong(request), b"x"))
""", r"\A(ioctl: EPERM\n){24}"),
    system("powers", "is there any capability, group or user left to take back?", """\
for name, arguments in {"setuid": (0,), "setgid": (0,), "setresuid": (0, 0, 0), "setgroups": (0, 0), "prctl": (22, 0, 0, 0, 0),
                        "capset": (0, 0), "setns": (3, 0), "prlimit64": (0, 7, 0, 0), "setrlimit": (7, 0)}.items():
    tell(name, lambda: call(CALLS[name], *arguments))
print(os.getuid() != 0, os.getgid() != 0)
""", r"\A(\w+: EPERM\n){9}True True"),
]
if platform.machine() == "x86_64":
    KERNEL += [
        in_call("the old system calls", "int 0x80 asks by the numbers of 32 bits, which the filter does not know", """\
import mmap
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)  # to read, to write, to run
    page.write(b"\\xb8\\x02\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 2 (fork); int 0x80; ret
    got = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    return 2 * x if got > 0 else x""", "09_q1: it ended"),
        system("the x32 system calls", "the same by numbers with a bit set",
               "tell('x32', lambda: call(0x40000000 | 57))", event="a cell was given up: it ended|^$", at_most=True,
                   fails=True),
    ]

MACHINE: list[Attack] = [*FILES, *KERNEL]
# System calls that have let somebody out, or reach what is not the process's own.
DANGEROUS = """
io_uring_setup bpf keyctl add_key request_key personality perf_event_open kexec_load init_module finit_module
delete_module mount umount2 pivot_root chroot swapon reboot acct quotactl name_to_handle_at open_by_handle_at kcmp
process_vm_writev ptrace fanotify_init inotify_init1 inotify_init signalfd4 timerfd_create userfaultfd seccomp
landlock_create_ruleset move_pages migrate_pages mbind set_mempolicy sched_setaffinity sched_setscheduler setpriority
ioprio_set sethostname setdomainname settimeofday clock_settime adjtimex syslog iopl ioperm lookup_dcookie vmsplice
splice tee memfd_secret pidfd_open pidfd_getfd pidfd_send_signal fsopen fsmount open_tree move_mount mount_setattr
execve execveat fork vfork kill tkill rt_sigqueueinfo setsid setpgid mknod mknodat link linkat symlink symlinkat chown
fchown lchown fchownat setxattr getxattr connect bind listen accept accept4 getsockopt setsockopt socket memfd_create
shmget shmat shmctl semget semop msgget msgsnd mq_open rt_tgsigqueueinfo modify_ldt uselib vhangup
""".split()
