#!/bin/sh
# make test: lint, then every test; the last line says whether all of it passed, and how long it took.
set -u
cd "$(dirname "$0")/.." || exit 1
python=${SEQ2VIT_VENV:-.venv}/bin/python
begin=$(date +%s)

finish() { # the line that closes the run
  seconds=$(($(date +%s) - begin))
  printf 'seq2vit: %s %d min %d s\n' "$1" $((seconds / 60)) $((seconds % 60))
  exit "$2"
}

echo "test: lint"
"$python" -m ruff check . || finish "lint failed; no test was run; stopped after" 1
echo "test: all tests (the site is built on the way; 10 to 20 minutes on two cores)"
# With no test collected pytest exits with 5, so an empty run fails as well. The slowest tests are listed, to keep the
# whole run short enough to be run. Two processes: most tests compute on one core (tests/grouping.py shares them out).
"$python" -m pytest -n "${SEQ2VIT_TEST_PROCESSES:-2}" --durations=15 tests
status=$?
[ $status -eq 0 ] && finish "all checks passed in" 0
finish "tests failed (see above); stopped after" $status
