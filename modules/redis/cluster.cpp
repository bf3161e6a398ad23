#include "cluster.hpp"

#include <thread>

namespace redis {

namespace sdk = godwit::sdk;
using namespace std::chrono_literals;

namespace {

/// A command follows so many redirections and outages, with pauses that add up to some three seconds.
constexpr int most_attempts = 8;

void pause_before(int attempt) { std::this_thread::sleep_for(25ms * (1 << std::min(attempt, 5))); }

/// Every command of the cluster protocol itself is answered by any node.
node with_address(server like, const endpoint& at, bool is_replica) {
  like.at = at;
  like.database = 0;
  return {std::move(like), is_replica};
}

}  // namespace

node cluster::node_at(const endpoint& at, bool is_replica) const {
  return with_address(seeds_.front(), at, is_replica);
}

cluster::map_ref cluster::known() const {
  const std::lock_guard lock(mutex_);
  return map_;
}

void cluster::remember(std::uint16_t slot, const endpoint& primary) {
  const std::lock_guard lock(mutex_);
  auto changed = map_ ? std::make_shared<slot_map>(*map_) : std::make_shared<slot_map>();
  changed->move(slot, primary);
  map_ = std::move(changed);
}

/// From the first node that answers: those known, then the seeds.
cluster::map_ref cluster::ask_for_map(const map_ref& old, const is_unwanted& unwanted) {
  std::vector<node> candidates;
  if (old)
    for (const auto& s : old->shards()) candidates.push_back(node_at(s.primary, false));
  for (const auto& s : seeds_) candidates.push_back({s, false});
  std::string why;
  for (const auto& n : candidates) {
    try {
      const auto slots = exchange({{"CLUSTER", "SLOTS"}}, {n}, unwanted);
      if (!slots.is_error()) return std::make_shared<slot_map>(slots, n.at.at);
      why = n.at.name() + ": " + slots.text;
    } catch (const sdk::failure& f) {
      why = f.what();
      if (unwanted && unwanted()) break;
    }
  }
  throw sdk::failure("no node of the cluster says where its slots are; the last: " + why);
}

cluster::map_ref cluster::refresh(const map_ref& stale, const is_unwanted& unwanted) {
  std::unique_lock one_asks(refreshing_, std::try_to_lock);
  while (!one_asks.owns_lock()) {
    if (unwanted && unwanted()) throw sdk::failure("given up: nobody waits for the answer");
    std::this_thread::sleep_for(10ms);
    one_asks.try_lock();
  }
  if (const auto current = known(); current != stale) return current;
  auto fresh = ask_for_map(stale, unwanted);
  const std::lock_guard lock(mutex_);
  return map_ = std::move(fresh);
}

cluster::attempt cluster::choose(const command& c, const is_unwanted& unwanted) {
  auto map = known();
  if (!map) map = refresh(nullptr, unwanted);
  const auto turn = turn_.fetch_add(1, std::memory_order_relaxed);
  const auto key = c.key();
  if (!key) {
    if (map->shards().empty()) throw sdk::failure("the cluster serves no slots");
    return {node_at(map->shards()[turn % map->shards().size()].primary, false)};
  }
  const auto* owner = map->find(slot_of(*key));
  if (owner == nullptr) owner = refresh(map, unwanted)->find(slot_of(*key));
  if (owner == nullptr)
    throw sdk::failure("no node of the cluster serves slot " + std::to_string(slot_of(*key)));
  if (reads_from_replicas_ && c.only_reads() && !owner->replicas.empty())
    return {node_at(owner->replicas[turn % owner->replicas.size()], true)};
  return {node_at(owner->primary, false)};
}

reply cluster::exchange(const command& c, const attempt& where, const is_unwanted& unwanted) {
  auto connection = connections_.take(where.to, unwanted);
  const wait_limit limit(times_.response, "response to " + c.name(), "response_timeout", unwanted);
  try {
    connection->send((where.is_asking ? command{{"ASKING"}}.encoded() : std::string()) + c.encoded(), limit);
    if (where.is_asking) connection->receive(limit);
    auto r = connection->receive(limit);
    if (!c.changes_connection()) connections_.give_back(where.to, std::move(connection));
    return r;
  } catch (const sdk::failure& f) {
    throw sdk::failure(where.to.at.name() + ": " + f.what());
  }
}

cluster::outcome cluster::follow(const reply& error, attempt& where) {
  const auto code = error.code();
  if (code == "MOVED") {
    const auto r = parse_redirection(error.text, where.to.at.at);
    remember(r.slot, r.to);
    where = {node_at(r.to, false)};
    return outcome::redirected;
  }
  if (code == "ASK") {
    where = {node_at(parse_redirection(error.text, where.to.at.at).to, false), true};
    return outcome::redirected;
  }
  const bool may_pass =
      code == "TRYAGAIN" || code == "CLUSTERDOWN" || code == "LOADING" || code == "MASTERDOWN";
  return may_pass ? outcome::try_later : outcome::answered;
}

cluster::outcome cluster::try_once(request& r, attempt& where) {
  const auto got = exchange(r.what, where, [&r] { return r.is_unwanted(); });
  const auto next = got.is_error() ? follow(got, where) : outcome::answered;
  if (next == outcome::answered) r.answer(got);
  return next;
}

/// Only what was surely not carried out is sent again: what a node refused, and what could not be sent for
/// want of a connection.
void cluster::serve_one(request& r) {
  const auto unwanted = [&r] { return r.is_unwanted(); };
  const auto give_up = r.since() + times_.wait + times_.connect + times_.response;
  auto where = choose(r.what, unwanted);
  std::string why = "too many redirections";
  for (int i = 0; i < most_attempts && clock::now() < give_up && !unwanted(); ++i) {
    const auto map = known();
    try {
      const auto end = try_once(r, where);
      if (end == outcome::answered) return;
      if (end == outcome::redirected) continue;
      why = "the cluster is busy or down";
    } catch (const unreachable& u) {
      why = u.what();
    }
    pause_before(i);
    refresh(map, unwanted);
    where = choose(r.what, unwanted);
  }
  throw sdk::failure(r.what.name() + " was not answered after " + std::to_string(most_attempts) +
                     " attempts: " + why);
}

void cluster::serve(std::vector<request>& batch) {
  for (auto& r : batch) {
    try {
      serve_one(r);
    } catch (const std::exception& e) {
      r.fail(e.what());
    }
  }
}

}  // namespace redis
