#!/bin/sh
# make sandbox: what `seq2vit grade` needs of the system. Ubuntu 24.04 and its CI runners forbid user namespaces to ordinary
# programs by default; other systems allow them. As root or by sudo. `seq2vit doctor` says whether it worked.
set -u
changed=''
set_to() { # NAME FILE VALUE WANTED
  [ -r "$2" ] && [ "$(cat "$2")" = "$3" ] || return 0
  root=''
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "sandbox: as root, run: sysctl -w $1=$4" >&2; exit 1; }
    root=sudo
  fi
  $root sysctl -q -w "$1=$4" || { echo "sandbox: $1 could not be set: ask whoever runs this machine" >&2; exit 1; }
  changed="$changed $1=$4"
}
set_to kernel.apparmor_restrict_unprivileged_userns /proc/sys/kernel/apparmor_restrict_unprivileged_userns 1 0
set_to kernel.unprivileged_userns_clone /proc/sys/kernel/unprivileged_userns_clone 0 1
set_to user.max_user_namespaces /proc/sys/user/max_user_namespaces 0 10000
if [ -n "$changed" ]; then
  echo "sandbox: set$changed (until the next start of this machine)."
else
  echo "sandbox: nothing to set here."
fi
