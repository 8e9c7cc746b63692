"""The site: `python tools/book.py build` builds it, `serve` also shows it, `links` follows its links to other hosts.

Warnings are errors, and so is a page whose execution failed. A build whose inputs have not changed since the last good
one is not done again.
"""

import argparse
import contextlib
import errno
import fcntl
import functools
import http.server
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import fontlist

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book"))

ENOUGH = 300 * 2**20  # bytes that a build needs on the disk
PORTS = range(8000, 8020)


def say(text):
    print(f"book: {text}", flush=True)


def stop(text):
    raise SystemExit(f"book: {text}")


def check_disk(root):
    """Stop with one line if the build's folder cannot be written or the disk is full."""
    build = root / "_build"
    try:
        build.mkdir(exist_ok=True)
        (build / ".probe").write_bytes(b"\0" * 4096)
        (build / ".probe").unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            stop(f"the disk is full: free some space for {build} and run this again")
        stop(f"cannot write to {build} ({error.strerror}): give yourself the right to write there")
    free = shutil.disk_usage(build).free
    if free < ENOUGH:
        stop(f"only {free >> 20} MB are free for {build}: make room for {ENOUGH >> 20} MB and run this again")


@contextlib.contextmanager
def alone(root):
    """Wait until no other build works in the same folder."""
    with open(root / "_build" / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build works in the same folder: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def jupyter_book(root, *options):
    """Run Jupyter Book on `root`, strictly; return its exit code."""
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(root)]
    return subprocess.run([*command, "-W", "-n", "--keep-going", *options], cwd=root).returncode


def check_address(root):
    """Stop with one line if the repository's address is not one that the doors can use."""
    from seq2vit_site.doors import repository
    from sphinx.errors import ConfigError

    try:
        repository(root)
    except ConfigError as error:
        stop(error)


def inputs(root):
    """Return a digest of everything that the built site depends on."""
    from seq2vit_site.execution import digest, imported

    files = [root / name for name in ("_config.yml", "_toc.yml", "pyproject.toml", "package-lock.json")]
    folders = [root / "chapters", root / "assignments", ROOT / "book"]
    settings = f"{sys.version} {os.environ.get('SEQ2VIT_REPOSITORY')}"
    return f"{digest([*files, *folders, *imported(root)], root)} {settings}"


def build(root, fresh=False):
    """Build the book in `root` into `root/_build/html`; stop with one line if that fails."""
    start = time.monotonic()
    site, stamp = root / "_build" / "html", root / "_build" / "built"
    now = inputs(root)
    if not fresh and stamp.exists() and stamp.read_text() == now and (site / "index.html").exists():
        say(f"the site in {site} is up to date")
        return site
    stamp.unlink(missing_ok=True)
    shutil.rmtree(site, ignore_errors=True)  # no page of an earlier book stays
    cold = not any((root / "_build" / ".executions").glob("*/*"))
    say("executing the pages: this takes minutes, the next build only seconds" if cold else "building the pages")
    fontlist.use_own(root)
    code = jupyter_book(root)
    seconds = time.monotonic() - start
    if code:
        check_disk(root)
        stop(f"the build FAILED after {seconds:.0f} s: mend the warnings above")
    stamp.write_text(now)
    pages = sum(1 for _ in site.rglob("*.html"))
    say(f"built {pages} pages in {site} in {seconds:.0f} s")
    return site


def links(root):
    """Follow every link of the site to another host; stop with one line if one is broken."""
    say("following the links to other hosts")
    found = root / "_build" / "linkcheck" / "output.txt"
    if jupyter_book(root, "--builder", "custom", "--custom-builder", "linkcheck"):
        lines = found.read_text().splitlines() if found.exists() else []
        broken = sum("[broken]" in line or "[timeout]" in line for line in lines)
        stop(f"{broken} links could not be followed: {found} lists them")
    say("every link leads somewhere")


def serve(site, port=None):
    """Serve the folder `site` on this machine until interrupted, on `port` or the first free one of a few."""
    handler = functools.partial(Quiet, directory=str(site))
    for candidate in [port] if port else PORTS:
        try:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", candidate), handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            say(f"port {candidate} is {'busy' if error.errno == errno.EADDRINUSE else 'not allowed'}")
        else:
            say(f"read it at http://127.0.0.1:{candidate} (Ctrl-C ends)")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                say("stopped")
            return
    stop("no port to serve on: name a free one, `python tools/book.py serve --port NUMBER`")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *args):
        pass


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["build", "serve", "links"])
    parser.add_argument("--port", type=int, help="serve on this port only")
    parser.add_argument("--fresh", action="store_true", help="build even if nothing changed")
    parser.add_argument("--root", type=Path, default=ROOT, help="the book's folder (the tests build small ones)")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    check_disk(root)
    check_address(root)
    with alone(root):
        if options.command == "links":
            return links(root)
        site = build(root, options.fresh)
    if options.command == "serve":
        serve(site, options.port)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("interrupted")
