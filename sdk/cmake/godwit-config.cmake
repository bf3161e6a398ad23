# find_package(godwit): the target godwit::sdk and the function godwit_add_module().
include(${CMAKE_CURRENT_LIST_DIR}/godwit-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/godwit_add_module.cmake)
find_program(GODWITD_EXECUTABLE godwitd HINTS ${CMAKE_CURRENT_LIST_DIR}/../../../bin ${CMAKE_CURRENT_LIST_DIR}/../../../sbin
  ${CMAKE_CURRENT_LIST_DIR}/../../../../bin ${CMAKE_CURRENT_LIST_DIR}/../../../../sbin)
find_program(GODWIT_SPOOL_CONFORMANCE spool-conformance NO_DEFAULT_PATH PATHS ${CMAKE_CURRENT_LIST_DIR}/../../../libexec/godwit
  ${CMAKE_CURRENT_LIST_DIR}/../../../../libexec/godwit)
