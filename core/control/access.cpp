#include "control/access.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace godwit::control {

namespace {

constexpr std::size_t record_bytes = 16384;  // of passwd and group entries

/// Runs getpwnam_r and its like: entry, buffer, result pointer.
template <class Entry, class Call>
std::optional<Entry> look_up(Call call) {
  Entry entry{};
  Entry* found = nullptr;
  thread_local std::vector<char> room(record_bytes);
  const int failed = call(&entry, room.data(), room.size(), &found);
  return failed == 0 && found ? std::optional(entry) : std::nullopt;
}

std::optional<passwd> user_named(const std::string& name) {
  return look_up<passwd>([&](auto... rest) { return ::getpwnam_r(name.c_str(), rest...); });
}

std::optional<group> group_named(const std::string& name) {
  return look_up<group>([&](auto... rest) { return ::getgrnam_r(name.c_str(), rest...); });
}

}  // namespace

std::string user_name(uid_t uid) {
  const auto entry = look_up<passwd>([&](auto... rest) { return ::getpwuid_r(uid, rest...); });
  return entry ? entry->pw_name : std::to_string(uid);
}

result<gid_t> group_id(const std::string& name) {
  const auto entry = group_named(name);
  if (!entry) return fail("there is no group {}", name);
  return entry->gr_gid;
}

result<credentials> peer_credentials(int socket) {
  ucred cred{};
  socklen_t size = sizeof cred;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0) return fail("SO_PEERCRED: {}", std::strerror(errno));
  credentials who{cred.uid, cred.pid, {cred.gid}};
  std::vector<gid_t> groups(256);
  size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) {
    return fail("SO_PEERGROUPS: {}", std::strerror(errno));
  }
  who.groups.insert(who.groups.end(), groups.begin(), groups.begin() + size / sizeof(gid_t));
  return who;
}

bool access_rule::members::include(const credentials& who) const {
  return users.contains(who.uid) ||
         std::any_of(who.groups.begin(), who.groups.end(), [this](gid_t g) { return groups.contains(g); });
}

result<access_rule::members> access_rule::resolve(const std::vector<std::string>& names) {
  members m;
  for (const auto& name : names) {
    const auto user = user_named(name);
    const auto group = group_named(name);
    if (!user && !group) return fail("control: {} is neither a user nor a group of this machine", name);
    if (user) m.users.insert(user->pw_uid);
    if (group) m.groups.insert(group->gr_gid);
  }
  return m;
}

result<access_rule> access_rule::from(const socket_options& o) {
  access_rule rule;
  auto operators = o.operators;
  if (o.group) operators.push_back(*o.group);
  for (auto [names, into] : {std::pair(&o.admins, &rule.admins_), {&operators, &rule.operators_}, {&o.readers, &rule.readers_}}) {
    auto resolved = resolve(*names);
    if (!resolved) return resolved.why();
    *into = std::move(*resolved);
  }
  rule.admins_.users.insert({0, ::geteuid()});
  return rule;
}

role access_rule::role_of(const credentials& who) const {
  if (admins_.include(who)) return role::admin;
  if (operators_.include(who)) return role::mail_operator;
  return readers_.include(who) ? role::reader : role::none;
}

}  // namespace godwit::control
