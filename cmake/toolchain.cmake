# Compiler, linker and hardening flags shared by every target: all targets must agree, or the
# precompiled headers cannot be reused.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# -fPIC everywhere (executables too), so that one precompiled header serves libraries, programs and modules.
add_compile_options(-fPIC)
add_compile_options(-Wall -Wextra -Wshadow
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
  -fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these falsely inside coroutine frames and inlined standard-library code.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fcoroutines> -fpch-preprocess -Wno-maybe-uninitialized -Wno-restrict
    -Wno-stringop-overread -Wno-stringop-overflow -Wno-array-bounds
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete> -Wno-free-nonheap-object -Wno-dangling-pointer)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # This Asio takes clang to have coroutines only in <experimental/coroutine>.
  add_compile_definitions(ASIO_HAS_CO_AWAIT=1)
endif()
add_compile_definitions(ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_SEPARATE_COMPILATION
  FMT_SHARED SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB BOOST_DLL_USE_STD_FS)

if(GODWIT_SANITIZE)
  add_compile_options(-fsanitize=${GODWIT_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GODWIT_SANITIZE})
else()
  add_compile_options($<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
endif()

if(GODWIT_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,-z,relro,-z,now)
