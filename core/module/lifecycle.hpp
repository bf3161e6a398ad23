#pragma once
// The steps of a module's life, each contained: a step that fails or throws says so in words.

#include <memory>
#include <string>

#include "config/options.hpp"
#include "module/instance.hpp"
#include "rt/task.hpp"

namespace godwit::module {

/// Loads the file, shakes hands, runs check.
result<std::shared_ptr<godwit_instance>> open_module(std::shared_ptr<shared_state> shared, const std::string& file,
                                                     std::string_view expected_name);
/// The settings as the module gets them; `enabled` is left out.
value normalise_settings(godwit_instance& one, const object& settings, config::problems& out);
/// configure, init, and publishing what init declared.
result<void> bring_up(godwit_instance& one, const value& settings);
result<void> run_phase(godwit_instance& one, std::string_view name, godwit_status (*step)(void*));
/// Takes the module out of hooks, registry and records, then waits for what is open. False when that took too long.
rt::task<bool> drain(std::shared_ptr<godwit_instance> one, std::chrono::nanoseconds limit);
/// stop, destroy, and everything the instance owned. Not idle: its state is kept for the calls that did not end.
void tear_down(godwit_instance& one, bool is_idle = true);

}  // namespace godwit::module
