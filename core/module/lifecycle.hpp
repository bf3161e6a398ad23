#pragma once
// The steps of a module's life, each contained: a step that fails or throws says so in words.

#include <memory>
#include <string>

#include "config/options.hpp"
#include "module/instance.hpp"
#include "rt/task.hpp"

namespace godwit::module {

/// Loads the file, shakes hands, runs check.
result<std::shared_ptr<godwit_instance>> open_module(std::shared_ptr<shared_state> shared,
                                                     const std::string& file, std::string_view expected_name);
/// The settings as the module gets them; `enabled` is left out.
value normalise_settings(godwit_instance& one, const object& settings, config::problems& out);
/// Builds the module from its normalised settings.
result<void> configure(godwit_instance& one, const value& settings);
/// configure, init, and publishing what init declared: for a server that is about to start.
result<void> bring_up(godwit_instance& one, const value& settings);
/// configure, init, start, and only then publishing: on a server that runs, calls come at once. A failure, as of bring_up(), leaves
/// nothing published: tear_down() is next.
result<void> bring_online(godwit_instance& one, const value& settings);
/// start, of what was brought up.
result<void> start_up(godwit_instance& one);
result<void> run_phase(godwit_instance& one, std::string_view name, godwit_status (*step)(void*));
/// Takes the module out of hooks, registry and records, then waits for what is open. False when that took too
/// long.
rt::task<bool> drain(std::shared_ptr<godwit_instance> one, std::chrono::nanoseconds limit);
/// Takes away what a module that was to be reloaded left to a successor that did not come.
void withdraw_heritage(const godwit_instance& one);
/// Another instance of the code of one that has ended, to be brought up.
std::shared_ptr<godwit_instance> revive(const godwit_instance& former);
/// stop, and everything the instance owned; then destroy. False while calls or jobs are open: state and code stay, call destroy()
/// once those have ended.
bool tear_down(godwit_instance& one);
void destroy(godwit_instance& one);

}  // namespace godwit::module
