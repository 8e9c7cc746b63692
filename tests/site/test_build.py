"""What the build does, on a tiny book with the real book's settings: it fails when it must, and again until repaired."""

import errno
import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
import yaml

import book

ROOT = Path(__file__).resolve().parents[2]
PAGE = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: Python 3}}
---
# {title}

{body}
"""
CELL = "```{{code-cell}} python\n{}\n```\n"
FAULTS = {
    "formula": ("$\\frac{1}$", "formula does not parse"),
    "link": ("[nowhere](#nowhere)", "nowhere"),
    "image": ("![](plot.svg)", "image without alternative text"),
    "stderr": (CELL.format("import sys; print('grumble', file=sys.stderr)"), "stderr"),
    "cell": (CELL.format("raise ValueError('broken cell')"), "broken cell"),
}
CHAPTER = "chapters/01_tiny.md"
RELEASE = "assignments/01_tiny/tiny.ipynb"


class Book:
    """A small book in a folder of its own."""

    def __init__(self, root):
        self.root = root
        settings = yaml.safe_load((ROOT / "_config.yml").read_text())
        settings["sphinx"]["local_extensions"] = {name: str(ROOT / "book")
                                                  for name in settings["sphinx"]["local_extensions"]}
        settings["html"]["favicon"] = ""
        settings["sphinx"]["config"]["bibtex_bibfiles"] = []
        self.write("_config.yml", yaml.safe_dump(settings))
        chapter = {"file": "chapters/01_tiny", "sections": [{"file": "assignments/01_tiny/tiny"}]}
        self.write("_toc.yml", yaml.safe_dump(
            {"format": "jb-book", "root": "chapters/intro", "chapters": [chapter]}))
        self.write("chapters/intro.md", "# A tiny book\n\nOne chapter.\n")
        self.write("chapters/plot.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
        self.write("seq2vit/value.txt", "first value")
        self.write("seq2vit/grading/engine.txt", "1")
        cells = [nbformat.v4.new_markdown_cell("# The tiny assignment"),
                 nbformat.v4.new_code_cell("raise NotImplementedError", id="q1")]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        self.write(RELEASE, nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=kernel)))
        self.chapter(CELL.format("print(open('../seq2vit/value.txt').read())") + "$a = b$")

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def chapter(self, body):
        self.write(CHAPTER, PAGE.format(title="Tiny", body=body))

    def build(self, **environment):
        """Return `(code, output)` of the build command, as `make build` calls it."""
        done = subprocess.run([sys.executable, str(ROOT / "tools/book.py"), "build", "--root", str(self.root)],
                              env={**os.environ, "SEQ2VIT_REPOSITORY": "", **environment},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def html(self, name="chapters/01_tiny.html"):
        return (self.root / "_build" / "html" / name).read_text()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A tiny book that has been built once."""
    tiny = Book(tmp_path_factory.mktemp("tiny"))
    code, output = tiny.build()
    assert code == 0, output
    return tiny


def test_a_good_book_is_built_once(tiny):
    assert "first value" in tiny.html() and "katex" in tiny.html()
    code, output = tiny.build()
    assert code == 0 and output.splitlines() == [f"book: the site in {tiny.root}/_build/html is up to date"]


def test_a_faulty_book_fails_every_time_until_it_is_repaired(tiny):
    good = (tiny.root / CHAPTER).read_text()
    tiny.chapter("\n\n".join(fault for fault, _ in FAULTS.values()))
    for _ in range(2):
        code, output = tiny.build()
        assert code == 1
        for name, (_, message) in FAULTS.items():
            assert message in output, f"the build does not name the fault in the {name}:\n{output}"
        assert output.splitlines()[-1].startswith("book: the build FAILED")
    tiny.write(CHAPTER, good)
    code, output = tiny.build()
    assert code == 0, output
    last = output.splitlines()[-1]
    assert last.startswith("book: built ") and last.endswith(" s")


def test_pages_run_again_when_what_they_import_changes_and_only_then(tiny):
    caches = tiny.root / "_build" / ".executions"
    before = [folder.name for folder in caches.iterdir()]
    tiny.write("seq2vit/grading/engine.txt", "2")
    assert tiny.build()[0] == 0
    assert [folder.name for folder in caches.iterdir()] == before
    tiny.write("seq2vit/value.txt", "second value")
    assert tiny.build()[0] == 0
    assert "second value" in tiny.html() and "first value" not in tiny.html()
    after = [folder.name for folder in caches.iterdir()]
    assert len(after) == 1 and after != before  # the old outputs are gone


def test_doors_of_a_book_without_and_with_an_address(tiny):
    """Without one, links to the repository are left out; the download is there, and is the release itself."""
    assert tiny.build()[0] == 0
    for page in "chapters/01_tiny.html", "assignments/01_tiny/tiny.html":
        assert "github" not in tiny.html(page) and "Download the assignment" in tiny.html(page)
    assert "doors" not in tiny.html("chapters/intro.html")
    assert tiny.html(RELEASE) == (tiny.root / RELEASE).read_text()
    address = "https://github.com/owner/course"
    assert tiny.build(SEQ2VIT_REPOSITORY=address)[0] == 0
    colab = "https://colab.research.google.com/github/owner/course/blob/main/assignments/01_tiny/tiny.ipynb"
    for page in "chapters/01_tiny.html", "assignments/01_tiny/tiny.html":
        assert colab in tiny.html(page) and "Download the assignment" in tiny.html(page)
    assert f"{address}/edit/main/{CHAPTER}" in tiny.html()
    assert f"{address}/edit/main/chapters/intro.md" in tiny.html("chapters/intro.html")
    assignment = tiny.html("assignments/01_tiny/tiny.html")
    assert "/edit/" not in assignment and f"{address}/issues/new" in assignment


def test_an_address_that_is_none_stops_the_build(tiny):
    code, output = tiny.build(SEQ2VIT_REPOSITORY="somewhere")
    assert code == 1 and "must read https://github.com/OWNER/NAME, not 'somewhere'" in output
    assert output.count("\n") == 1


def test_the_page_of_an_assignment_holds_no_output(tiny):
    """A release is read, not run: its stubs raise."""
    assert "NotImplementedError" in tiny.html("assignments/01_tiny/tiny.html")
    assert "Traceback" not in tiny.html("assignments/01_tiny/tiny.html")


def test_serve_prints_an_address_that_answers(tiny):
    assert tiny.build()[0] == 0
    command = [sys.executable, str(ROOT / "tools/book.py"), "serve", "--root", str(tiny.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "SEQ2VIT_REPOSITORY": ""}) as server:
        try:
            line = next(line for line in server.stdout if "http://" in line)
            address = line.split()[4]
            with urllib.request.urlopen(address) as answer:
                assert "chapters/intro.html" in answer.read().decode()
        finally:
            server.terminate()


def test_a_busy_port_is_one_line(tiny, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            book.serve(tiny.root, port)
    assert f"port {port} is busy" in capsys.readouterr().out
    assert "--port" in str(stopped.value) and "\n" not in str(stopped.value)


def test_a_disk_that_is_full_or_refuses_is_one_line(tmp_path, monkeypatch):
    def stop(text):
        with pytest.raises(SystemExit) as stopped:
            book.check_disk(tmp_path)
        assert text in str(stopped.value) and "\n" not in str(stopped.value)

    monkeypatch.setattr(book.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 5 * 2**20}))
    stop("only 5 MB are free")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(book.Path, "write_bytes", full)
    stop("the disk is full")
    monkeypatch.undo()
    (tmp_path / "_build").rmdir()
    (tmp_path / "_build").write_text("a file in the way")
    stop("cannot write to")


def test_visible_tests_are_folded_on_the_page_and_not_in_the_release():
    sys.path.insert(0, str(ROOT / "book"))
    from seq2vit_site.assignments import fold_tests

    test = nbformat.v4.new_code_cell("assert True", metadata={"nbgrader": {"grade": True, "solution": False}})
    stub = nbformat.v4.new_code_cell("...", metadata={"nbgrader": {"grade": False, "solution": True}})
    source = [nbformat.writes(nbformat.v4.new_notebook(cells=[stub, test]))]
    fold_tests(None, "assignments/01_tiny/tiny", source)
    tags = [cell["metadata"].get("tags", []) for cell in json.loads(source[0])["cells"]]
    assert tags == [[], ["hide-input"]]


def test_a_theme_that_moved_on_is_noticed():
    sys.path.insert(0, str(ROOT / "book"))
    from seq2vit_site.markup import without_scripts
    from sphinx.errors import ExtensionError

    assert without_scripts('<script src="a/icons.js"></script>x', "icons.js") == "x"
    with pytest.raises(ExtensionError, match="no longer loads icons.js"):
        without_scripts("x", "icons.js")
