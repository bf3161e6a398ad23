#pragma once
// Giving up root. Called once, before loops and threads exist beyond the start-up thread.

#include <string>

#include "base/result.hpp"

namespace godwit::app {

/// As root: switches group, groups and user, keeps no capability but binding low ports (CAP_NET_BIND_SERVICE) so that
/// a reload can bind again. `name` "root" stays root (said in the log). Not as root: does nothing.
result<void> become_user(const std::string& name);
/// Whether there is such a user.
result<void> check_user(const std::string& name);

/// Makes `directory` and gives it to the user `name`, while this is root; what is there already is left as it is. A failure is no
/// error here: whoever wants to use the directory will say so.
void make_directory_for(const std::string& name, const std::string& directory);

}  // namespace godwit::app
