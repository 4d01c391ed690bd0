#!/usr/bin/env bash
# Cross-compiles for 64-bit ARM and runs the tests under QEMU, all but those that start the program
# itself. The libraries, for ARM, go to build/aarch64-root.
set -euo pipefail
source scripts/packages.sh
root=build/aarch64-root
install_packages test-aarch64 g++-aarch64-linux-gnu mmdebstrap qemu-user-static
if [ ! -d $root ]; then
  echo "test-aarch64: unpacking the libraries"
  rm -rf $root.partial
  mmdebstrap --quiet --architectures=arm64 --variant=extract --include="libstdc++-12-dev $(libraries)" \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" $root.partial
  # Installing would choose among several; unpacking does not.
  for name in blas lapack; do ln -s $name/lib$name.so.3 $root.partial/usr/lib/aarch64-linux-gnu/; done
  mv $root.partial $root
fi
scripts/build.sh aarch64
ctest --preset aarch64
