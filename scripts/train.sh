#!/usr/bin/env bash
# Trains a prior from photographs: scripts/train.sh MINUTES [FOLDER]
# Without a folder: the photographs of the default prior (downloaded from Debian). Everything goes
# to build/training; called again with more minutes, the same run goes on. PREPARE_OPTIONS and
# TRAIN_OPTIONS are handed to training.prepare_data and training.train.
set -euo pipefail
source scripts/packages.sh
minutes=$1
folder=${2:-}
out=build/training
python=$out/venv/bin/python

images="the default prior's photographs"
if [ -n "$folder" ]; then
  [ -d "$folder" ] || { echo "train: FOLDER: expected a folder, found '$folder'" >&2; exit 2; }
  images=$(realpath "$folder")
fi
wanted="$images, PREPARE_OPTIONS='${PREPARE_OPTIONS:-}'"
# The index is written last: where it is, the set is finished.
if [ -f "$out/data/index.json" ]; then
  found=$(cat "$out/data/source.txt" 2>/dev/null || echo "a set of unknown source")
  if [ "$found" != "$wanted" ]; then
    echo "train: $out/data: expected $wanted, found $found: remove $out/data and $out/run to start over" >&2
    exit 2
  fi
fi

# A first attempt that failed may have left the interpreter, but not pip.
if [ ! -x "$out/venv/bin/pip" ]; then
  python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages train python3-venv
  python3 -m venv --clear "$out/venv"
fi
"$python" -m pip install --quiet --disable-pip-version-check -r training/requirements.txt

if [ ! -f "$out/data/index.json" ]; then
  mkdir -p "$out/data"
  echo "$wanted" >"$out/data/source.txt"
  # shellcheck disable=SC2086  # options are words
  "$python" -m training.prepare_data --out "$out/data" ${folder:+--folder "$folder"} ${PREPARE_OPTIONS:-}
fi
# shellcheck disable=SC2086
"$python" -m training.train --data "$out/data" --run "$out/run" --minutes "$minutes" ${TRAIN_OPTIONS:-}
"$python" -m training.export --run "$out/run" --average network --out "$out/prior.safetensors"
echo "train: modeseek restore ... --prior $out/prior.safetensors"
