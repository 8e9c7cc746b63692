#!/bin/sh
# make links-issue: say in the repository's issues which links `make links` found broken. One open issue holds them all:
# a later finding is added to it as a comment, so that a link that stays broken opens no issue each week.
set -u
cd "$(dirname "$0")/.." || exit 1
found=_build/links.md
title="Broken links"

[ -s "$found" ] || { echo "links: $found has no finding: run make links first." >&2; exit 1; }
command -v gh >/dev/null 2>&1 || { echo "links: gh, GitHub's command, is missing: install it and run gh auth login." >&2; exit 1; }
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
  echo "The scheduled check could not follow these links. Repair or replace each; \`make links\` checks them again."
  echo
  cat "$found"
} >"$body"

number=$(gh issue list --state open --search "in:title \"$title\"" --json number --jq '.[0].number // empty') || exit 1
if [ -n "$number" ]; then
  gh issue comment "$number" --body-file "$body" && echo "links: added to issue $number."
else
  gh issue create --title "$title" --body-file "$body" && echo "links: opened an issue."
fi
