#pragma once
// What was wrong with options, and the hook by which types join (config/codecs.hpp).

#include <string>
#include <string_view>
#include <vector>

namespace godwit::config {

/// Everything that was wrong, each with the path of the key ("listen", "rocks_params.write_buffer_size").
struct problem {
  std::string path;
  std::string text;
  bool awaits_module = false;  ///< a module that is not loaded yet may know the name
};
using problems = std::vector<problem>;
std::string describe(const problems& all);

/// How a C++ type reads from a value: type name for texts and docs, parse, and render for defaults.
/// Specialised in codecs.hpp for bool, integers, double, string, duration, optional<T>, vector<T>, map<string,T>,
/// cidr_set, value, object, enumerations (enum_names<T>), and every T with an options table.
template <class T>
struct codec;

namespace detail {
/// "a" and "b" give "a.b"; an empty path gives "b".
std::string join(const std::string& path, std::string_view key);
}  // namespace detail

}  // namespace godwit::config
