#include "lua_api/custom_lua.hpp"

#include "log/log.hpp"
#include "lua_api/custom_lua_session.hpp"
#include "lua_api/dispatch.hpp"
#include "mail/queue_name.hpp"

namespace godwit::lua_api {

namespace {

using plan = queue::protocol_config::custom_lua_table;
using batch = std::vector<mail::message_ref>;

/// What KumoMTA logs of deliveries by scripts.
queue::delivery_trace trace_of(const plan& p) {
  queue::delivery_trace t;
  t.delivery_protocol = "Lua";
  t.peer = mail::peer{"Lua via " + p.constructor, "0.0.0.0"};
  return t;
}

mail::queue_name representative(const queue::work_source& work) {
  const auto* first = work.peek_queue();
  return mail::queue_name::parse(first ? *first : work.routing_domain());
}

// Fills a batch up to min_batch_size, waiting no longer than max_batch_latency.
rt::task<batch> take_batch(queue::work_source& work, const plan& p, std::size_t room) {
  const auto most = std::min(std::max<std::size_t>(p.batch_size, 1), room);
  auto taken = co_await work.take(most, work.path().idle_timeout);
  const auto until = std::chrono::steady_clock::now() + p.max_batch_latency;
  while (!taken.empty() && taken.size() < std::min(p.min_batch_size, most)) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= duration::zero()) break;
    auto more = co_await work.take(most - taken.size(), left);
    if (more.empty()) break;
    taken.insert(taken.end(), more.begin(), more.end());
  }
  co_return taken;
}

rt::task<> deliver_all(queue::work_source& work, custom_lua_session& session, const plan& p) {
  const auto trace = trace_of(p);
  std::size_t sent = 0;
  while (sent < work.path().max_deliveries_per_connection && session.is_open()) {
    auto taken = co_await take_batch(work, p, work.path().max_deliveries_per_connection - sent);
    if (taken.empty()) co_return;
    sent += taken.size();
    const auto outcome = co_await session.send(taken, p.batch_size > 1);
    for (auto& m : taken) {
      std::vector<queue::outcome> all{outcome};
      co_await work.settle(std::move(m), std::move(all), trace);
    }
  }
}

}  // namespace

rt::task<result<queue::site>> custom_lua::resolve(const std::string& routing_domain,
                                                  const queue::protocol_config& protocol) {
  if (!protocol.custom_lua) co_return error{"protocol.custom_lua is missing"};
  auto p = std::make_shared<const plan>(*protocol.custom_lua);
  co_return queue::site{routing_domain, "lua:" + p->constructor, p};
}

rt::task<> custom_lua::run_session(std::shared_ptr<queue::work_source> work) {
  const auto& p = *static_cast<const plan*>(work->destination().plan.get());
  std::optional<mail::response> failed;
  try {
    auto vm = co_await acquire_vm(engine_, p.constructor);
    custom_lua_session session(engine_, std::move(vm), p.constructor);
    failed = co_await session.open(representative(*work));
    if (!failed) {
      work->connection_succeeded();
      co_await deliver_all(*work, session, p);
      co_await session.close();
    }
  } catch (const script_failed& why) {
    failed = mail::response::parse(
        400, fmt::format("KumoMTA internal: error in {}: {}", p.constructor, why.what()));
  }
  if (failed) co_await work->connection_failed(std::move(*failed), trace_of(p));
}

}  // namespace godwit::lua_api
