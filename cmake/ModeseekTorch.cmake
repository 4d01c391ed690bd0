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

# Only the sources that include libtorch see its folder (modeseek_uses_torch): that of a wheel holds other libraries
# too, in its own versions of fmt and oneDNN, and these sources must do without them. Hence LINK_ONLY: no flags come
# along with the library.
set(MODESEEK_TORCH_COMPILE ${TORCH_CXX_FLAGS})
set(folders ${TORCH_INCLUDE_DIRS})
list(REMOVE_ITEM folders ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
foreach(folder IN LISTS folders)
  list(APPEND MODESEEK_TORCH_COMPILE "-isystem${folder}")
endforeach()
# By target: TORCH_LIBRARIES names files, of another libtorch where two are installed.
set(MODESEEK_TORCH_LINK "$<LINK_ONLY:torch>")

# modeseek_uses_torch(source.cpp ...)
function(modeseek_uses_torch)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${MODESEEK_TORCH_COMPILE}")
endfunction()
