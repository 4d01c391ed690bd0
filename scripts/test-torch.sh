#!/usr/bin/env bash
# Installs libtorch, builds the optional TorchScript priors with it and runs their tests:
# scripts/test-torch.sh [apt|pip]. apt is Debian's libtorch-dev; pip a wheel of PyTorch in build/torch-venv.
set -euo pipefail
source=${1:-apt}
source scripts/packages.sh

case $source in
  apt)
    preset=torch
    options=()
    install_packages test-torch libtorch-dev
    ;;
  pip)
    preset=torch-pip
    python=build/torch-venv/bin/python
    install_packages test-torch python3-venv
    [ -x $python ] || python3 -m venv build/torch-venv
    # The index of wheels without CUDA: with it their CMake files would ask for the CUDA toolkit.
    $python -c 'import torch' 2>/dev/null ||
      $python -m pip install --quiet --index-url https://download.pytorch.org/whl/cpu torch
    # Without NumPy, which is not needed here, PyTorch warns.
    folder=$($python -W ignore -c 'import torch; print(torch.utils.cmake_prefix_path)')
    options=("-DCMAKE_PREFIX_PATH=$folder")
    ;;
  *)
    echo "test-torch: expected apt or pip, found '$source'" >&2
    exit 2
    ;;
esac
scripts/build.sh "$preset" "${options[@]}"
ctest --preset "$preset"
