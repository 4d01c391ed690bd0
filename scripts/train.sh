#!/usr/bin/env bash
# Trains a prior from photographs: scripts/train.sh MINUTES [FOLDER]
# Without a folder: the photographs of the default prior (downloaded from Debian). Everything goes
# to build/training; called again with more minutes, the same run goes on. PREPARE_OPTIONS and
# TRAIN_OPTIONS are handed to training.prepare_data and training.train.
set -euo pipefail
minutes=$1
folder=${2:-}
out=build/training
python=$out/venv/bin/python

if [ ! -x "$python" ]; then
  python3 -m venv "$out/venv"
fi
"$python" -m pip install --quiet --disable-pip-version-check -r training/requirements.txt

if [ ! -f "$out/data/index.json" ]; then
  # shellcheck disable=SC2086  # options are words
  "$python" -m training.prepare_data --out "$out/data" ${folder:+--folder "$folder"} ${PREPARE_OPTIONS:-}
fi
# shellcheck disable=SC2086
"$python" -m training.train --data "$out/data" --run "$out/run" --minutes "$minutes" ${TRAIN_OPTIONS:-}
"$python" -m training.export --run "$out/run" --average network --out "$out/prior.safetensors"
echo "train: modeseek restore ... --prior $out/prior.safetensors"
