#include "lua/callable.hpp"

#include <fmt/format.h>

namespace godwit::lua {

rejection::rejection(int c, std::string t, closing m)
    : code(c), text(std::move(t)), mode(m), line(fmt::format("{} {}", code, text)) {}

}  // namespace godwit::lua
