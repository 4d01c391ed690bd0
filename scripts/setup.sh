#!/usr/bin/env bash
# Installs the Debian packages that building and testing need; does nothing when they are there.
set -euo pipefail
source "$(dirname "$0")/packages.sh"
read -ra libraries <<<"$(libraries)"
install_packages setup build-essential cmake ninja-build pkg-config git clang-format "${libraries[@]}"
