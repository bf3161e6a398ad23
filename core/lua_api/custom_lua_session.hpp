#pragma once
// One custom_lua session: a VM kept for its duration with the object that the constructor returned.

#include <optional>
#include <string>

#include "lua/engine.hpp"
#include "mail/queue_name.hpp"
#include "mail/response.hpp"
#include "queue/delivery_agent.hpp"

namespace godwit::lua_api {

/// Lives on one loop, one call at a time.
class custom_lua_session {
 public:
  custom_lua_session(lua::engine& engine, lua::lease vm, std::string constructor)
      : engine_(engine), vm_(std::move(vm)), constructor_(std::move(constructor)) {}
  ~custom_lua_session();

  /// Fires the constructor event; a response tells why there is no connection.
  rt::task<std::optional<mail::response>> open(mail::queue_name representative);
  /// send(msg), or send_batch(msgs) when `batched`; the outcome is that of all messages.
  rt::task<queue::outcome> send(const std::vector<mail::message_ref>& messages, bool batched);
  rt::task<> close();  ///< when the object has that method
  /// False after 421 or an error: the session ends.
  bool is_open() const { return is_open_; }

 private:
  queue::outcome outcome_of(lua::call& c, lua::outcome& done);

  lua::engine& engine_;
  lua::lease vm_;
  std::string constructor_;
  int object_ = 0;
  bool is_open_ = true;
};

}  // namespace godwit::lua_api
