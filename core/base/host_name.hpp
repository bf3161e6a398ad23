#pragma once
// The name of the machine.

#include <string>

namespace godwit {

/// As the system says it, asked once; "localhost" when it does not. Any thread.
const std::string& system_host_name();

}  // namespace godwit
