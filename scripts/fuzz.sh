#!/usr/bin/env bash
# Coverage-guided fuzzing of everything that reads foreign text or files: scripts/fuzz.sh [SECONDS]
# each (default 60). What is found lies in build/fuzz/found/HARNESS.
set -euo pipefail
seconds=${1:-60}
packages=(clang libclang-rt-14-dev libomp-14-dev)
for package in "${packages[@]}"; do
  dpkg-query -W "$package" >/dev/null 2>&1 || { echo "fuzz: apt-get install ${packages[*]} first" >&2; exit 2; }
done
scripts/build.sh fuzz
for harness in task npy safetensors torch config; do
  found=build/fuzz/found/$harness
  mkdir -p "$found"
  options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
           -artifact_prefix="$found/" -max_len=16384)
  case $harness in
    task) options+=(-dict=tests/fuzz/task.dict -max_len=160) ;;
    npy) options+=(-max_len=4096) ;;
  esac
  echo "fuzz: $harness for $seconds s"
  "build/fuzz/tests/fuzz/${harness}_fuzz" "${options[@]}" "$found" "tests/fuzz/corpus/$harness" 2>&1 |
    grep -E "ERROR|SUMMARY|Done|stat::(number_of_executed|peak_rss)" || true
  [ -z "$(find "$found" -name 'crash-*' -o -name 'timeout-*' -o -name 'oom-*')" ] || { echo "fuzz: $harness failed" >&2; exit 1; }
done
