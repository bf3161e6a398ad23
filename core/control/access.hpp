#pragma once
// Who is on the other side of the socket, and which role that gives.

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/command.hpp"
#include "control/options.hpp"

namespace godwit::control {

/// Credentials the kernel gives for a connected Unix socket.
struct credentials {
  uid_t uid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  ///< primary and supplementary ones of the peer's process
};
/// An error names the system call.
result<credentials> peer_credentials(int socket);

/// Names resolved once, at start. Immutable afterwards.
class access_rule {
 public:
  /// An error for a name that is neither a user nor a group of this machine.
  static result<access_rule> from(const socket_options& o);
  role role_of(const credentials& who) const;

 private:
  struct members {
    std::set<uid_t> users;
    std::set<gid_t> groups;
    bool include(const credentials& who) const;
  };
  static result<members> resolve(const std::vector<std::string>& names);

  members admins_, operators_, readers_;
};

/// The user's name, or its number when it has none. May block (name service).
std::string user_name(uid_t uid);
result<gid_t> group_id(const std::string& name);

}  // namespace godwit::control
