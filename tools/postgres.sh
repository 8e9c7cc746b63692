#!/bin/sh
# make postgres: PostgreSQL's server, where it is missing, for the tests of a gradebook that many machines share. The tests
# start their own server in a temporary folder: nothing here is configured, and the one that the package starts is not used.
# For Debian and Ubuntu, as root or by sudo.
set -u
for server in /usr/lib/postgresql/*/bin/initdb; do
  if [ -x "$server" ]; then
    echo "postgres: $("$server" --version) is installed."
    exit 0
  fi
done
if ! command -v apt-get >/dev/null 2>&1; then
  echo "postgres: no apt-get here: install PostgreSQL's server by hand." >&2
  exit 1
fi
root=''
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "postgres: as root, run: apt-get install --no-install-recommends postgresql" >&2; exit 1; }
  root=sudo
fi
echo "postgres: installing postgresql"
log=$(mktemp)
# The package lists of a fresh machine are empty or old: without the update the install finds nothing.
if $root apt-get update >"$log" 2>&1 &&
   $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql >>"$log" 2>&1; then
  rm -f "$log"
  echo "postgres: installed postgresql"
else
  echo "postgres: apt-get could not install postgresql ($(grep -E '^E:' "$log" | tail -n 1)); the whole log: $log" >&2
  exit 1
fi
