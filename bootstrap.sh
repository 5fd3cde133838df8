#!/usr/bin/env bash
# Takes a fresh Debian 12, Debian 13 or Ubuntu 24.04 to a running tide. Installs with apt only, as root or through sudo.
#
#   ./bootstrap.sh demo   build tide, apply this folder's migrations to the embedded SQLite database, show their status
#   ./bootstrap.sh test   build with the tests, check Lua, format and floors, run every test (installs a PostgreSQL server)
#   ./bootstrap.sh lint   build, check Lua, format and floors, run clang-tidy over every file
#   ./bootstrap.sh asan   build with AddressSanitizer and UBSan, run the suites that test the host from inside
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

build_packages=(g++ cmake ninja-build pkg-config libpqxx-dev libpq-dev libluajit-5.1-dev libsqlite3-dev libspdlog-dev
  rapidjson-dev libtomlplusplus-dev libcli11-dev libsodium-dev libgmp-dev libcurl4-openssl-dev libpg-query-dev libedit-dev)
test_packages=(ccache libgtest-dev nlohmann-json3-dev lua-check postgresql postgresql-client pgbouncer python3 git openssl
  nghttp2-server ca-certificates)
format_packages=(clang-format-14)
tidy_packages=(clang-tidy-14)

say() { printf '== %s\n' "$*" >&2; }

quiet() {
  local log code=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || code=$?
  [ "$code" = 0 ] || cat "$log" >&2
  rm -f "$log"
  return "$code"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

apt() {
  quiet as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

known() { apt-cache show "$1" >/dev/null 2>&1; }
installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^.i'; }

missing_of() {
  local name
  for name; do
    installed "$name" || printf '%s\n' "$name"
  done
}

# Ubuntu's universe holds half of the libraries, and a minimal system has it switched off.
enable_universe() {
  say "enabling Ubuntu's universe"
  apt install --no-install-recommends software-properties-common
  quiet as_root add-apt-repository -y universe
  apt update
}

need() {
  local missing
  mapfile -t missing < <(missing_of "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    say "run this as root or install sudo; these packages are missing: ${missing[*]}"
    exit 1
  fi
  say "installing ${missing[*]}"
  apt update
  if grep -qx 'ID=ubuntu' /etc/os-release && ! known libpqxx-dev; then enable_universe; fi
  apt install --no-install-recommends "${missing[@]}"
}

# Packages that not every one of the distributions has: what needs them says so and goes on.
want() {
  local name
  for name; do
    if installed "$name" || known "$name"; then need "$name"; fi
  done
}

configure() {
  local preset=$1 launcher=()
  shift
  if command -v ccache >/dev/null; then
    export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  # A build folder that came along with a copied or moved tree is of no use to CMake.
  grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "build/$preset/CMakeCache.txt" || rm -rf "build/$preset"
  quiet cmake --preset "$preset" "${launcher[@]}" "$@"
}

build() {
  say "building build/$1"
  cmake --build --preset "$@"
}

demo() {
  need "${build_packages[@]}"
  configure release -DTIDE_TESTS=OFF
  build release
  local tide=(build/release/tide -e dev)
  say "${tide[*]} up"
  "${tide[@]}" up
  say "${tide[*]} status"
  "${tide[@]}" status
}

run_tests() {
  say "ctest --preset $1"
  # the suites wait more than they compute
  ctest --preset "$1" --no-tests=error -j "$(($(nproc) + 1))" "${@:2}"
}

test_all() {
  need "${build_packages[@]}" "${test_packages[@]}"
  want "${format_packages[@]}"
  configure release -DTIDE_TESTS=ON
  build release
  tests/lint.sh
  run_tests release
}

lint() {
  need "${build_packages[@]}" "${test_packages[@]}"
  want "${format_packages[@]}" "${tidy_packages[@]}"
  configure release -DTIDE_TESTS=ON
  build release
  tests/lint.sh
  tests/lint.sh tidy build/release
}

asan() {
  need "${build_packages[@]}" "${test_packages[@]}"
  configure asan -DTIDE_TESTS=ON
  build asan --target unit_tests conformance_tests host_tests
  run_tests asan --tests-regex '^(unit|conformance|host)$'
}

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]##*/}"; }

case ${1:-} in
  demo) demo ;;
  test) test_all ;;
  lint) lint ;;
  asan) asan ;;
  -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
