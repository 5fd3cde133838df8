#!/usr/bin/env bash
# tests/install/try.sh SUITE [COMMAND...]   as root; SUITE is bookworm, trixie or noble
# Runs bootstrap.sh (demo, demo again, test; or the commands given) in a fresh, minimal root of the suite: once as root, once as
# an ordinary user with sudo, in a folder with spaces in its name, from another working directory, without git.
# What is left of the roots is removed; TRY_KEEP=1 keeps them.
set -euo pipefail
suite=$1
shift
commands=("$@")
[ $# -gt 0 ] || commands=(demo demo test)
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d "${TMPDIR:-/tmp}/tide-try-XXXXXX")
[ -n "${TRY_KEEP:-}" ] || trap 'rm -rf --one-file-system "$work"' EXIT

make_root() {
  local script=() check=()
  if [ ! -e "/usr/share/debootstrap/scripts/$suite" ]; then
    script=("" gutsy) # debootstrap's script for every Ubuntu since
    [ -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] || check=(--no-check-gpg)
  fi
  debootstrap "${check[@]}" --variant=minbase "$suite" "$work/fresh" "${script[@]}" >"$work/debootstrap.log" ||
    { tail -n 20 "$work/debootstrap.log" && return 1; }
  cp -L /etc/resolv.conf "$work/fresh/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$work/fresh/usr/sbin/policy-rc.d" # as in a container: packages start no services
  chmod 755 "$work/fresh/usr/sbin/policy-rc.d"
}

# In mount and process namespaces of its own, so that nothing stays mounted or running.
enter() {
  local root=$1
  shift
  unshare --mount --pid --fork --kill-child -- sh -euc '
    root=$1 && shift
    mount -t proc proc "$root/proc"
    for node in null zero full random urandom tty; do
      [ -e "$root/dev/$node" ] || : >"$root/dev/$node"
      mount --bind "/dev/$node" "$root/dev/$node"
    done
    mkdir -p "$root/dev/shm" "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    ln -sf pts/ptmx "$root/dev/ptmx"
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 chroot "$root" "$@"
  ' enter "$root" "$@" </dev/null
}

copy_tree() {
  mkdir -p "$1"
  tar -c --exclude=./build --exclude=./bench-work --exclude=./.git --exclude='./tide.db*' . | tar -x -C "$1"
}

try_as() {
  local who=$1 root="$work/$1" home=/root run=(env HOME=/root) command start
  cp -a "$work/fresh" "$root"
  if [ "$who" = user ]; then
    home=/home/newcomer
    enter "$root" sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends sudo >/dev/null 2>&1 &&
      useradd -m -s /bin/bash newcomer && echo "newcomer ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/newcomer'
    run=(su newcomer -c '"$0" "$@"' --)
  fi
  copy_tree "$root$home/a folder/tide"
  [ "$who" = root ] || enter "$root" chown -R newcomer: "$home"
  for command in "${commands[@]}"; do
    start=$SECONDS
    echo "#### $suite, $who: bootstrap.sh $command"
    enter "$root" "${run[@]}" "$home/a folder/tide/bootstrap.sh" "$command"
    echo "#### $suite, $who: bootstrap.sh $command took $((SECONDS - start)) s"
  done
}

make_root
try_as root
try_as user
