#include "app/privileges.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "log/log.hpp"

namespace godwit::app {

namespace {

result<void> keep_only_bind_capability() {
  cap_t caps = cap_init();
  if (!caps) return fail("cannot read capabilities: {}", std::strerror(errno));
  const cap_value_t bind = CAP_NET_BIND_SERVICE;
  const bool set = cap_set_flag(caps, CAP_PERMITTED, 1, &bind, CAP_SET) == 0 &&
                   cap_set_flag(caps, CAP_EFFECTIVE, 1, &bind, CAP_SET) == 0 && cap_set_proc(caps) == 0;
  const int why = errno;
  cap_free(caps);
  if (!set) return fail("cannot drop capabilities: {}", std::strerror(why));
  return {};
}

}  // namespace

result<void> check_user(const std::string& name) {
  if (::getpwnam(name.c_str())) return {};
  return fail("user {} does not exist: create it or name another with --user", name);
}

result<void> become_user(const std::string& name) {
  if (::getuid() != 0) return {};
  if (name == "root") {
    log::warn("app", "running as root: use --user NAME with an unprivileged user");
    return {};
  }
  if (auto known = check_user(name); !known) return known;
  const auto* account = ::getpwnam(name.c_str());
  ::prctl(PR_SET_KEEPCAPS, 1L);
  if (::setgid(account->pw_gid) != 0 || ::initgroups(name.c_str(), account->pw_gid) != 0 ||
      ::setuid(account->pw_uid) != 0) {
    return fail("cannot become user {}: {}", name, std::strerror(errno));
  }
  return keep_only_bind_capability();
}

void make_directory_for(const std::string& name, const std::string& directory) {
  const auto* account = ::getuid() == 0 ? ::getpwnam(name.c_str()) : nullptr;
  if (!account || ::mkdir(directory.c_str(), 0755) != 0) return;
  if (::chown(directory.c_str(), account->pw_uid, account->pw_gid) != 0) ::rmdir(directory.c_str());
}

}  // namespace godwit::app
