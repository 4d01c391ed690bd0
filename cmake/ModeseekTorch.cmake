# libtorch: Debian's libtorch-dev, or a wheel of PyTorch that CMAKE_PREFIX_PATH leads to:
#   -DCMAKE_PREFIX_PATH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')
find_package(Torch REQUIRED)
if(DEFINED Torch_VERSION AND Torch_VERSION VERSION_LESS 1.13)
  message(FATAL_ERROR "libtorch: expected 1.13 or later, found ${Torch_VERSION} in ${Torch_DIR}")
endif()
if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "The libtorch in ${Torch_DIR} has the old C++ ABI, which no other library has: "
                      "take a wheel of PyTorch 2.6 or later, or Debian's libtorch-dev")
endif()
