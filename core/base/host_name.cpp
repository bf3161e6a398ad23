#include "base/host_name.hpp"

#include <unistd.h>

#include <array>

namespace godwit {

const std::string& system_host_name() {
  static const std::string name = [] {
    std::array<char, 256> text{};
    return std::string(::gethostname(text.data(), text.size() - 1) == 0 ? text.data() : "localhost");
  }();
  return name;
}

}  // namespace godwit
