# Everything comes from Debian packages: scripts/packages.txt.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
# http_parser has no .pc file.
find_library(HTTP_PARSER_LIBRARY http_parser REQUIRED)
add_library(PkgConfig::HTTP_PARSER INTERFACE IMPORTED)
target_link_libraries(PkgConfig::HTTP_PARSER INTERFACE ${HTTP_PARSER_LIBRARY})
find_package(spdlog REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4-c++)
pkg_check_modules(ROCKSDB REQUIRED IMPORTED_TARGET rocksdb)
# libunbound.pc asks for the development files of libraries that only a static link needs.
find_library(UNBOUND_LIBRARY unbound REQUIRED)
add_library(PkgConfig::UNBOUND INTERFACE IMPORTED)
target_link_libraries(PkgConfig::UNBOUND INTERFACE ${UNBOUND_LIBRARY})
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(GMIME REQUIRED IMPORTED_TARGET gmime-3.0)
# Its -D_LARGEFILE64_SOURCE says nothing on this platform, but keeps the precompiled headers from being used.
set_property(TARGET PkgConfig::GMIME PROPERTY INTERFACE_COMPILE_OPTIONS "")
pkg_check_modules(CAP REQUIRED IMPORTED_TARGET libcap)
