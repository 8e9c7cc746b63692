"""`make links` on a book of one page, whose links lead to a server of our own."""

import http.server
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers with the status that the address asks for."""

    def do_GET(self):
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


@pytest.fixture
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def links(book: Path, *urls: str) -> subprocess.CompletedProcess:
    book.mkdir(exist_ok=True)
    # JSON is YAML.
    (book / "_config.yml").write_text(json.dumps({"title": "small", "only_build_toc_files": True}))
    (book / "_toc.yml").write_text(json.dumps({"format": "jb-book", "root": "page"}))
    (book / "page.md").write_text("# A page\n\n" + "\n".join(f"[a link]({url})\n" for url in urls))
    command = [sys.executable, ROOT / "tools" / "links.py", "--root", book]
    return subprocess.run(command, capture_output=True, text=True)


def test_says_which_links_are_broken_and_which_refuse(tmp_path, address):
    done = links(tmp_path / "book", f"{address}/200", f"{address}/404", f"{address}/403")
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"BROKEN page.md:\d+: {address}/404", done.stdout)
    assert re.search(rf"not checked, the site refuses programs: page.md:\d+: {address}/403", done.stdout)
    assert "3 followed, 1 broken, 1 refused" in done.stdout
    assert re.fullmatch(rf"\* page\.md:\d+: {address}/404: 404 .*\n", (tmp_path / "book/_build/links.md").read_text())

    # Mended, it passes, and the old finding is gone.
    done = links(tmp_path / "book", f"{address}/200")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 followed, 0 broken, 0 refused" in done.stdout
    assert not (tmp_path / "book/_build/links.md").exists()


def test_no_network_is_no_finding(tmp_path):
    done = links(tmp_path / "book", "http://nowhere.invalid/")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr == "links: no host could be reached: check the network (or the proxy) and run this again\n"
    assert not (tmp_path / "book/_build/links.md").exists()
