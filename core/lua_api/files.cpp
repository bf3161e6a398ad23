#include "lua_api/declarations.hpp"
#include "lua_api/glob.hpp"

namespace godwit::lua_api {

void declare_files(lua::module& fs, lua::module& kumo) {
  for (auto* m : {&fs, &kumo}) {
    m->function("glob", {"pattern", "relative_to", "ttl"}, "Names of files that match.",
                [](std::string pattern, std::optional<std::string> relative_to, std::optional<duration>) {
                  return glob(pattern, relative_to.value_or("."));
                });
    m->function("uncached_glob", {"pattern", "relative_to"}, "Names of files that match.",
                [](std::string pattern, std::optional<std::string> relative_to) {
                  return glob(pattern, relative_to.value_or("."));
                });
    m->function("read_dir", {"path"}, "Absolute names of a directory's entries.",
                [](std::string path) { return list_directory(path); });
  }
}

}  // namespace godwit::lua_api
