#pragma once
// The policy's handlers of one event as a handler in the hook table.

#include "hook/table.hpp"
#include "lua_api/dispatch.hpp"

namespace godwit::lua_api {

/// The core's names of arguments for C++ become objects of the calling script; what it lends ends with the
/// event.
int push(lua::call& c, const hook::argument& a);

class event_handler final : public hook::handler {
 public:
  event_handler(lua::engine& engine, std::string name)
      : event_(engine, std::move(name), event::results_as::data) {}
  rt::task<hook::verdict> call(const hook::arguments& args) override;

 private:
  event event_;
};

}  // namespace godwit::lua_api
