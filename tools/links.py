"""make links: follow every link of the site to other hosts, by Sphinx's linkcheck, and say which are broken.

A site that refuses a program (403, 429: many publishers do) is named but is no failure: it says nothing about the link.
What is broken goes to _build/links.md as well, for `make links-issue`. Exit status: 0 none broken, 1 some are, 2 the
check itself could not be made.

    python tools/links.py [--root BOOK]
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REFUSED = re.compile(r"\b(403|429)\b")
UNREACHED = re.compile(r"NewConnectionError|NameResolutionError|Name or service not known|Network is unreachable|ProxyError")


def follow(root: Path) -> list[dict]:
    """Run linkcheck on the book in `root`; returns its findings, one for each link to another host.

    Raises:
        RuntimeError: the book could not be read; linkcheck said nothing.
    """
    # A folder of its own, so that the site's build finds its state as it left it. Executions are shared with it.
    output = root / "_build" / "links"
    found = output / "_build" / "html" / "output.json"  # Jupyter Book's folder for every builder it does not know
    found.unlink(missing_ok=True)
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*jupyter_book, "build", str(root), "--builder", "linkcheck", "--path-output", str(output), "--quiet"]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not found.is_file():
        raise RuntimeError(done.stdout[-2000:])
    lines = [json.loads(line) for line in found.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["uri"].startswith(("http:", "https:"))]


def judge(findings: list[dict]) -> tuple[list[str], list[str]]:
    """What is broken, and what refused to be checked: a line for each link."""
    broken, refused = [], []
    for one in findings:
        if one["status"] in ("broken", "timeout"):
            line = f"{one['filename']}:{one['lineno']}: {one['uri']}: {one['info'] or one['status']}"
            (refused if REFUSED.search(one["info"]) else broken).append(line)
    return broken, refused


def main() -> int:
    parser = argparse.ArgumentParser(prog="links", description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the book's folder (the tests check small ones)")
    root = parser.parse_args().root.resolve()
    report = root / "_build" / "links.md"
    report.unlink(missing_ok=True)
    print("links: reading the book and following its links", flush=True)
    try:
        findings = follow(root)
    except RuntimeError as error:
        print(f"{error}\nlinks: the book could not be read (see above): make build says more", file=sys.stderr)
        return 2
    broken, refused = judge(findings)
    if broken and len(broken) == len(findings) and all(UNREACHED.search(line) for line in broken):
        print("links: no host could be reached: check the network (or the proxy) and run this again", file=sys.stderr)
        return 2
    for line in refused:
        print(f"links: not checked, the site refuses programs: {line}")
    for line in broken:
        print(f"links: BROKEN {line}")
    if broken:
        report.write_text("".join(f"* {line}\n" for line in broken), encoding="utf-8")
    print(f"links: {len(findings)} followed, {len(broken)} broken, {len(refused)} refused to be checked")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
