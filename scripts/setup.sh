#!/usr/bin/env bash
# Installs the Debian packages that building and testing need; does nothing when they are there.
set -euo pipefail

packages=(
  build-essential cmake ninja-build pkg-config git
  libdnnl-dev            # oneDNN: the network's kernels
  ocl-icd-opencl-dev     # oneDNN's CMake package asks for it
  libopenimageio-dev     # image files
  libimath-dev           # OpenImageIO's headers include it
  libkissfft-dev         # Fourier transforms
  libcli11-dev libfmt-dev nlohmann-json3-dev
  libgtest-dev libbenchmark-dev
  clang-format
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "setup: installing ${missing[*]}"
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
