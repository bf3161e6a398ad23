# wanted_modules: those of `known_modules` that GODWIT_MODULES names. A name that is not known ends the configuration. Also a script, for
# its test: cmake -DGODWIT_MODULES=… -Dknown_modules=… -P wanted_modules.cmake
cmake_policy(SET CMP0057 NEW)  # IN_LIST
if(GODWIT_MODULES STREQUAL "ON")
  set(wanted_modules ${known_modules})
else()
  set(wanted_modules ${GODWIT_MODULES})
endif()
foreach(module ${wanted_modules})
  if(NOT module IN_LIST known_modules)
    list(JOIN known_modules ", " all)
    message(FATAL_ERROR "GODWIT_MODULES: there is no module \"${module}\". It takes ON for all, OFF, or a list of these: ${all}")
  endif()
endforeach()
