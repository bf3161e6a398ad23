#pragma once
// The documented events in one place: what docs/reference/events.md prints, and what a misspelled name is compared
// with. Names and meaning are KumoMTA's.

#include <span>
#include <string>
#include <string_view>

namespace godwit::hook {

/// One event. Texts are for the reference page.
struct event_doc {
  std::string_view name;
  std::string_view arguments;  ///< as a Lua handler gets them
  std::string_view answers;    ///< what a handler may return or do, besides raising an error
  std::string_view when;
  bool is_multiple = false;    ///< several Lua handlers may be registered
  bool is_for_modules = false; ///< modules may handle it: it goes through the hook table
};

std::span<const event_doc> catalogue();
/// The event meant by a name that is none of them; empty when nothing is near (a policy may fire names of its own).
std::string event_meant_by(std::string_view name);
/// An event of KumoMTA that this server does not have yet: its handlers never run.
bool is_never_fired(std::string_view name);

}  // namespace godwit::hook
