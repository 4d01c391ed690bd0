#!/usr/bin/env bash
# Configures (when needed) and builds one CMake preset: scripts/build.sh PRESET [CMAKE_OPTION...]
set -euo pipefail
preset=$1
shift
if [ $# -gt 0 ] || [ ! -f "build/$preset/build.ninja" ]; then
  echo "build: configuring $preset"
  cmake --preset "$preset" "$@" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; rm -f "build-$preset.log"; exit 1; }
  rm -f "build-$preset.log"
fi
echo "build: building $preset"
cmake --build --preset "$preset"
