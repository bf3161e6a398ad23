#include "connection_pool.hpp"

#include <algorithm>

namespace redis {

namespace sdk = godwit::sdk;

namespace {
/// One that was used this lately is not asked whether it lives: that its stream is open is enough.
constexpr auto surely_alive_for = std::chrono::seconds(1);
}  // namespace

const tls_settings* connection_pool::tls_for(const server& to) {
  if (to.via != server::transport::tls) return nullptr;
  const std::lock_guard lock(mutex_);
  auto& made = to.is_verified ? verified_ : unverified_;
  if (!made) made = std::make_unique<tls_settings>(to.is_verified);
  return made.get();
}

std::unique_ptr<connection> connection_pool::take_idle(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = idle_.find(key);
  if (at == idle_.end() || at->second.empty()) return nullptr;
  auto last = std::move(at->second.back());
  at->second.pop_back();
  return last;
}

bool connection_pool::is_alive(connection& c, const is_unwanted& unwanted) {
  if (!c.is_usable()) return false;
  if (clock::now() - c.last_used() < surely_alive_for) return true;
  const auto began = clock::now();
  bool answered = false;
  try {
    const wait_limit limit(times_.recycle, "answer to PING", "recycle_timeout", unwanted);
    answered = !c.ask({{"PING"}}, limit).is_error();
  } catch (const sdk::failure& f) {
    sdk::log_debug(std::string("an idle connection is closed: ") + f.what());
  }
  pinged_(clock::now() - began, answered);
  return answered;
}

std::unique_ptr<connection> connection_pool::take(const node& to, const is_unwanted& unwanted) {
  while (auto idle = take_idle(to.key()))
    if (is_alive(*idle, unwanted)) return idle;
  try {
    const wait_limit limit(times_.connect, "connection", "connect_timeout", unwanted);
    return std::make_unique<connection>(to.at, tls_for(to.at), to.is_replica, replies_, limit);
  } catch (const sdk::failure& f) {
    throw unreachable(to.at.name() + ": " + f.what());
  }
}

void connection_pool::give_back(const node& to, std::unique_ptr<connection> used) {
  used->mark_used();
  const std::lock_guard lock(mutex_);
  auto& idle = idle_[to.key()];
  if (idle.size() < max_idle_) idle.push_back(std::move(used));
}

void connection_pool::close_idle_since(clock::time_point when) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, idle] : idle_)
    std::erase_if(idle, [when](const auto& c) { return c->last_used() < when; });
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace redis
