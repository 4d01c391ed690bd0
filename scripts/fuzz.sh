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
  seeds=("tests/fuzz/corpus/$harness")
  # What a reader may take at once (docs/checkpoints.md); a task's operators may take more.
  case $harness in
    task) options+=(-dict=tests/fuzz/task.dict -max_len=160) ;;
    npy) options+=(-max_len=4096 -malloc_limit_mb=64) ;;
    torch) options+=(-malloc_limit_mb=64) seeds+=(tests/data/checkpoints) ;;
    *) options+=(-malloc_limit_mb=64) ;;
  esac
  echo "fuzz: $harness for $seconds s"
  set +e
  "build/fuzz/tests/fuzz/${harness}_fuzz" "${options[@]}" "$found" "${seeds[@]}" 2>&1 |
    grep -E "ERROR|SUMMARY|Done|stat::(number_of_executed|peak_rss)"
  status=${PIPESTATUS[0]}
  set -e
  # Of this run or of an earlier one.
  artifacts=$(find "$found" -name 'crash-*' -o -name 'timeout-*' -o -name 'oom-*' -o -name 'leak-*')
  if [ "$status" != 0 ] || [ -n "$artifacts" ]; then
    echo "fuzz: $harness failed (exit status $status): see $found" >&2
    exit 1
  fi
done
