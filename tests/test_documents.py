"""What the documents say exists: files, make targets, directories, versions, the README's picture."""

import datetime
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("chapters/**/*.md")), *sorted(ROOT.glob("gpu/*.md"))]


def ids(path):
    return str(path.relative_to(ROOT))


def tracked():
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip("no git checkout here: which files belong to the project is unknown")
    return listing.stdout.splitlines()


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_links_lead_to_files(document):
    for link in re.findall(r"\]\(([^)#\s]+)", re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)):
        if not re.match(r"\w+:", link):
            assert (document.parent / link).exists(), f"{ids(document)} links to {link}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_make_targets_exist(document):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    lines = re.findall(r"`(make .*?)`|^((?:\w+=\S+ )?make .*)$", document.read_text(), flags=re.MULTILINE)
    for line in (one or other for one, other in lines):
        words = line.partition("#")[0].split("make ", 1)[1].split()
        for word in words:
            assert "=" in word or word in targets, f"{ids(document)}: `make {word}` does not exist"


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_named_paths_exist(document):
    """Paths in code font, where their folder is one of the project's and no part is a placeholder."""
    folders = {name.split("/")[0] for name in tracked()}
    for path in re.findall(r"`([\w.-]+/[\w./-]*)`", document.read_text()):
        if path.split("/")[0] in folders and not re.search("NN|NAME", path):
            assert (ROOT / path).exists(), f"{ids(document)} names {path}"


def test_the_readme_lists_every_directory():
    named = set(re.findall(r"^\| `(\w+)/`", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert named == {name.split("/")[0] for name in tracked() if "/" in name and not name.startswith(".")}


def test_the_readmes_picture_is_what_its_script_draws():
    import readme_picture

    from seq2vit.data.dates import pair

    assert readme_picture.OUT.read_text() == readme_picture.draw(pair(datetime.date(2021, 3, 9), "en", "hu"))


def test_the_citation_agrees_with_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert [author["name"].lower() for author in citation["authors"]] == [a["name"] for a in project["authors"]]


@pytest.mark.parametrize("sheet", sorted(ROOT.glob("book/static/*.css")), ids=ids)
def test_stylesheets_close_what_they_open(sheet):
    """A browser closes a forgotten brace at the end of the file, without a word: all rules below it are then conditional."""
    code = re.sub(r"/\*.*?\*/|\"[^\"]*\"|'[^']*'", "", sheet.read_text(), flags=re.DOTALL)
    depth = 0
    for number, line in enumerate(code.splitlines(), 1):
        depth += line.count("{") - line.count("}")
        assert depth >= 0, f"line {number} closes more than is open"
        assert depth <= 2, f"line {number}: rules in rules in rules: a brace is missing above"
    assert depth == 0
