# Toolchain for 64-bit ARM on another processor: Debian's cross compiler, the libraries of the Debian
# system in build/aarch64-root (scripts/test-aarch64.sh makes it), tests under QEMU.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)

cmake_path(SET root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-root")
set(CMAKE_SYSROOT "${root}")
set(CMAKE_FIND_ROOT_PATH "${root}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${root}/usr/lib/aarch64-linux-gnu/pkgconfig:${root}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${root}")

# A processor that exists: of every vector length that QEMU's own could have, none is oneDNN's.
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-aarch64-static;-cpu;neoverse-n1;-L;${root}")
