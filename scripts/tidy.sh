#!/usr/bin/env bash
# clang-tidy over every translation unit of the library and the program.
set -euo pipefail
command -v clang-tidy >/dev/null || { echo "tidy: apt-get install clang-tidy first" >&2; exit 2; }
[ -f build/release/compile_commands.json ] || scripts/build.sh release
git ls-files 'src/*.cpp' 'apps/*.cpp' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/release
