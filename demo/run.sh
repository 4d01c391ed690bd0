#!/usr/bin/env bash
# Degrades four photographs in four ways, restores them with the built-in prior, and writes a table,
# the pictures and report.html: demo/run.sh [PROGRAM] [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-build/release/modeseek}
folder=${2:-demo-out}
photos=demo/photos

"$program" report -o "$folder" \
  --case $photos/astronaut.png 'inpaint(random:0.7,seed=1)' 0 \
  --case $photos/coffee.png 'sr(4,bicubic)' 0 \
  --case $photos/astronaut.png 'blur(gaussian:13,2)' 0.02 \
  --case $photos/chelsea.png "inpaint(mask=$photos/scratches.png)" 0
