#pragma once
// The daemon: builds its parts in order, runs until it is told to stop, takes them down in reverse.

#include <memory>

#include "app/arguments.hpp"
#include "app/settings.hpp"
#include "base/result.hpp"

namespace godwit::app {

class daemon {
 public:
  /// `node_id`: the server's UUID, in log records.
  daemon(const arguments& args, settings s, std::string node_id);
  ~daemon();

  /// Adds what is wrong with the modules and their settings, by paths as in the configuration.
  void check_modules(config::problems& found) const;
  /// Everything up to "initialization complete". An error names what could not be done.
  result<void> start();
  /// Handles signals until SIGTERM or SIGINT, then shuts down. The calling thread must block the signals from start-up.
  void run_until_stopped();
  /// Loads and checks policy and modules as start() would, binds and opens nothing.
  result<void> validate();

  /// Signals the daemon waits for; block them before any thread exists.
  static void block_signals();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace godwit::app
