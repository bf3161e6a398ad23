# godwit_add_module(<name> SOURCES <files>... [LINK <targets>...] [TESTS <files>...] [SPOOL_KINDS <kinds>...])
#
# Builds modules/<name>.so with one exported symbol and registers the test module.check.<name>, which loads it with
# `godwitd --check-module`. TESTS become the doctest program <name>_module_tests (test module.unit.<name>), built from the
# same sources and run against the fake host. Each of SPOOL_KINDS, which the module provides with its default settings, has to
# pass what the server's own kinds pass (test module.conformance.<name>.<kind>). `cmake --install` puts the module into
# PREFIX/lib/godwit/modules.

function(godwit_add_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;TESTS;SPOOL_KINDS" ${ARGN})
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "module name '${name}': use lower-case letters, digits and underscores")
  endif()

  add_library(${name}_objects OBJECT ${arg_SOURCES})
  target_link_libraries(${name}_objects PUBLIC godwit::sdk ${arg_LINK})
  target_include_directories(${name}_objects PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  # A unique symbol keeps the library mapped after dlclose; hidden visibility keeps two modules' globals apart.
  target_compile_options(${name}_objects PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  set_target_properties(${name}_objects PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

  add_library(${name} MODULE $<TARGET_OBJECTS:${name}_objects>)
  target_link_libraries(${name} PRIVATE godwit::sdk ${arg_LINK})
  target_link_options(${name} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/module.map -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/modules LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/module.map)
  # Where an installed godwitd of the same prefix looks (core/app/module_files.cpp).
  install(TARGETS ${name} LIBRARY DESTINATION lib/godwit/modules)

  if(TARGET godwitd)
    add_test(NAME module.check.${name} COMMAND godwitd --check-module $<TARGET_FILE:${name}>)
  elseif(GODWITD_EXECUTABLE)
    add_test(NAME module.check.${name} COMMAND ${GODWITD_EXECUTABLE} --check-module $<TARGET_FILE:${name}>)
  endif()
  if(TEST module.check.${name})
    set_tests_properties(module.check.${name} PROPERTIES LABELS module TIMEOUT 60)
  endif()

  foreach(kind ${arg_SPOOL_KINDS})
    if(NOT TARGET godwitd)
      set(conformance ${GODWIT_SPOOL_CONFORMANCE})
    elseif(GODWIT_BUILD_CONFORMANCE)
      set(conformance godwit_spool_conformance)  # defined later
    else()
      set(conformance "")
    endif()
    if(conformance AND NOT (DEFINED GODWIT_BUILD_TESTS AND NOT GODWIT_BUILD_TESTS))
      add_test(NAME module.conformance.${name}.${kind} COMMAND ${conformance} $<TARGET_FILE:${name}> ${kind})
      set_tests_properties(module.conformance.${name}.${kind} PROPERTIES LABELS module TIMEOUT 120)
    endif()
  endforeach()

  if(arg_TESTS AND NOT (DEFINED GODWIT_BUILD_TESTS AND NOT GODWIT_BUILD_TESTS))
    add_executable(${name}_module_tests ${arg_TESTS} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/test_main.cpp
      $<TARGET_OBJECTS:${name}_objects>)
    target_link_libraries(${name}_module_tests PRIVATE godwit::sdk ${arg_LINK})
    target_include_directories(${name}_module_tests PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    add_test(NAME module.unit.${name} COMMAND ${name}_module_tests)
    set_tests_properties(module.unit.${name} PROPERTIES LABELS module TIMEOUT 120)
  endif()
endfunction()
