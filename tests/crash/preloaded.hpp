#pragma once
// What libraries for LD_PRELOAD share.

#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <string>

namespace preloaded {

/// The function that the caller stands in for.
template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

/// Where the descriptor's file is; empty when it has no name.
inline std::string path_of(int fd) {
  char path[PATH_MAX];
  const auto size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace preloaded
