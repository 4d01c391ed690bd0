# How the house is put together: each folder of src/ is one component, compiled once as an object library;
# the installed library `modeseek` is the sum of them. A test names the components that it needs, so
# that a change in one does not relink the others.

add_library(modeseek_options INTERFACE)
target_compile_features(modeseek_options INTERFACE cxx_std_20)
target_include_directories(
  modeseek_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                             $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
target_compile_options(
  modeseek_options
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
            -Woverloaded-virtual -Wcast-qual $<$<BOOL:${MODESEEK_WERROR}>:-Werror>
            # GCC 12 warns falsely on string concatenation (GCC bug 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            # Results must be the same on every machine: no fused multiply-add behind our back.
            -ffp-contract=off)

set_property(GLOBAL PROPERTY MODESEEK_COMPONENTS "")

# modeseek_component(NAME operators SOURCES a.cpp b.cpp [LINK fmt::fmt])
function(modeseek_component)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINK" ${ARGN})
  set(target modeseek_${ARG_NAME})
  add_library(${target} OBJECT ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE modeseek_options ${ARG_LINK})
  set_property(TARGET ${target} PROPERTY MODESEEK_LINK "${ARG_LINK}")
  set_property(GLOBAL APPEND PROPERTY MODESEEK_COMPONENTS ${ARG_NAME})
endfunction()

# modeseek_use_components(target core operators ...): compiles them in, with what they link
function(modeseek_use_components target)
  foreach(component IN LISTS ARGN)
    get_property(libraries TARGET modeseek_${component} PROPERTY MODESEEK_LINK)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:modeseek_${component}>)
    target_link_libraries(${target} PRIVATE ${libraries})
  endforeach()
endfunction()

# modeseek_test(NAME operators_test COMPONENTS core operators SOURCES blur_test.cpp ... [LINK ...])
function(modeseek_test)
  cmake_parse_arguments(ARG "" "NAME" "COMPONENTS;SOURCES;LINK" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  modeseek_use_components(${ARG_NAME} ${ARG_COMPONENTS})
  target_link_libraries(${ARG_NAME} PRIVATE modeseek_options ${ARG_LINK} GTest::gtest_main)
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${ARG_NAME}
                             PRIVATE MODESEEK_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  # Several tests run at once: a thread that waits at a barrier must not burn its processor.
  gtest_discover_tests(${ARG_NAME} DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 600 ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()
