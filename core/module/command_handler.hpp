#pragma once
// A module's console command as the registry runs it.

#include <memory>

#include <godwit/abi.h>

#include "control/command.hpp"
#include "module/instance.hpp"

namespace godwit::module {

control::command make_command(const std::shared_ptr<godwit_instance>& owner, const godwit_command& c);

}  // namespace godwit::module
