#!/usr/bin/env bash
# tests/lint.sh             luacheck, clang-format and the floors
# tests/lint.sh tidy BUILD  clang-tidy over every source that BUILD/compile_commands.json compiles
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

sources() { find host include tests -name '*.cpp' -o -name '*.h' -o -name '*.c'; }

# Every version of clang-format lays a few lines out differently; this tree's layout is that of 14.
check_format() {
  local tool
  for tool in clang-format-14 clang-format; do
    if "$tool" --version 2>/dev/null | grep -q 'version 14\.'; then
      sources | tr '\n' '\0' | xargs -0 "$tool" --dry-run -Werror
      echo "clang-format: clean"
      return
    fi
  done
  echo "clang-format: skipped, there is no version 14 here and others format differently"
}

tidy() {
  local build=$1
  if ! command -v clang-tidy-14 >/dev/null; then
    echo "clang-tidy: skipped, there is no version 14 here and others check differently"
    return
  fi
  find host -name '*.cpp' -print0 | xargs -0 -n 1 -P "$(nproc)" \
    clang-tidy-14 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option
  echo "clang-tidy: clean"
}

if [ "${1:-}" = tidy ]; then
  tidy "$2"
else
  luacheck --quiet $([ -t 1 ] || echo --no-color) .
  check_format
  cmake -DROOT="$PWD" -P cmake/check_floors.cmake
  echo "floors: clean"
fi
