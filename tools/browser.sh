#!/bin/sh
# make browser: what the browser tests need from the system, where it is missing: Chromium, and fonts that cover the
# course (Latin, mathematics, Chinese), since a page is judged by how it looks. For Debian and Ubuntu, as root or by sudo.
set -u
packages=''
for browser in chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$browser" >/dev/null 2>&1 && found=$browser
done
[ -n "${found:-}" ] || packages=chromium
fonts=$(fc-list 2>/dev/null || true)
case $fonts in *DejaVu*) ;; *) packages="$packages fonts-dejavu" ;; esac
case $fonts in *"CJK"*) ;; *) packages="$packages fonts-noto-cjk" ;; esac
if [ -z "$packages" ]; then
  echo "browser: $found and its fonts are installed."
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "browser: no apt-get here: install Chrome or Chromium, and the fonts DejaVu and Noto CJK, by hand." >&2
  exit 1
fi
root=''
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "browser: as root, run: apt-get install --no-install-recommends $packages" >&2; exit 1; }
  root=sudo
fi
echo "browser: installing $packages"
log=$(mktemp)
# The package lists of a fresh machine are empty or old: without the update the install finds nothing.
# shellcheck disable=SC2086  # a list of words, meant to be split
if $root apt-get update >"$log" 2>&1 &&
   $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages >>"$log" 2>&1; then
  rm -f "$log"
  echo "browser: installed $packages"
else
  echo "browser: apt-get could not install $packages ($(grep -E '^E:' "$log" | tail -n 1)); the whole log: $log" >&2
  exit 1
fi
