#pragma once
// The console's side of the control socket: blocking, one thread.

#include <functional>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "control/protocol.hpp"

namespace godwit::control {

class client {
 public:
  /// An error says which socket, why, and what to do.
  static result<client> connect(const std::string& path);

  /// Role and version the server greeted with.
  const object& server() const { return server_; }

  struct verdict {
    outcome how = outcome::ok;
    std::string why;
  };
  /// Runs a command; `on_frame` sees every frame of its answer. Once `is_interrupted` says yes (asked after a signal)
  /// the server is told to end the command. An error means that the connection is lost. A line that is not UTF-8 fails here: JSON
  /// would make another of it.
  result<verdict> run(std::string_view line, answer_format format, const std::function<void(const object&)>& on_frame,
                      const std::function<bool()>& is_interrupted);
  /// {"begin", "completions"}
  result<object> complete(std::string_view line);

 private:
  explicit client(file_descriptor socket) : socket_(std::move(socket)) {}

  result<void> send(const object& members);
  /// The next frame; nothing when a signal came first.
  result<std::optional<object>> receive();

  file_descriptor socket_;
  std::string buffer_;
  object server_;
  std::int64_t last_id_ = 0;
};

}  // namespace godwit::control
