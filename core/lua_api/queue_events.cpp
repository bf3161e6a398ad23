// policy's answers for the queue: events over the fallback over built-in defaults.
#include "log/log.hpp"
#include "lua_api/policy.hpp"
#include "lua_api/types.hpp"

namespace godwit::lua_api {

namespace {

constexpr std::string_view unspecified = "unspecified";

/// What a configuration event returned: nothing (also for an explicit nil), the object, or why it cannot be
/// used.
template <class T>
result<std::optional<T>> config_in(const event& e, const event_answer& a) {
  if (a.refusal) return fail("{}: {}", e.name(), a.refusal->line);
  if (!a.has_results()) return std::optional<T>{};
  const lua::any& first = a.results.front();
  if (const auto made = lua::object_in<T>(first)) return std::optional<T>(*made);
  const auto* data = std::get_if<value>(&first);
  if (data && data->is_null()) return std::optional<T>{};
  if (!data) return fail("{} returned an object of another type than {}", e.name(), lua::tag_of<T>().name);
  auto parsed = config::parse_options(config::table_of<T>::get(), *data);
  if (!parsed) return fail("{}: {}", e.name(), parsed.why().text);
  return std::optional<T>(std::move(*parsed));
}

template <class T, class Push>
rt::task<result<std::optional<T>>> ask(event& e, Push push) {
  std::optional<std::string> failure;
  try {
    auto answer = co_await e.fire(std::move(push));
    co_return config_in<T>(e, answer);
  } catch (const script_failed& why) {
    failure = why.what();
  }
  co_return fail("{}: {}", e.name(), *failure);
}

}  // namespace

rt::task<result<queue::queue_config>> policy::get_queue_config(const mail::queue_name& name) {
  if (queue_config_.is_handled()) {
    auto given = co_await ask<queue::queue_config>(queue_config_, [&name](lua::call& c) {
      return push(c, name.domain) + push(c, name.tenant) + push(c, name.campaign) +
             push(c, name.routing_domain);
    });
    if (!given) co_return given.why();
    if (*given) co_return std::move(**given);
  }
  if (parts_.fallback) co_return co_await parts_.fallback->get_queue_config(name);
  co_return queue::queue_config{};
}

rt::task<result<queue::egress_pool_config>> policy::get_egress_pool(const std::string& name) {
  if (name == unspecified) {
    queue::egress_pool_config pool;
    pool.name = name;
    pool.entries.push_back({std::string(unspecified), 1});
    co_return pool;
  }
  if (egress_pool_.is_handled()) {
    auto given = co_await ask<queue::egress_pool_config>(egress_pool_,
                                                         [&name](lua::call& c) { return push(c, name); });
    if (!given) co_return given.why();
    if (*given) co_return std::move(**given);
  }
  if (parts_.fallback) co_return co_await parts_.fallback->get_egress_pool(name);
  co_return fail("get_egress_pool returned nothing for pool '{}'", name);
}

rt::task<result<queue::egress_source_config>> policy::get_egress_source(const std::string& name) {
  if (name == unspecified) {
    queue::egress_source_config source;
    source.name = name;
    co_return source;
  }
  if (egress_source_.is_handled()) {
    auto given = co_await ask<queue::egress_source_config>(egress_source_,
                                                           [&name](lua::call& c) { return push(c, name); });
    if (!given) co_return given.why();
    if (*given) co_return std::move(**given);
  }
  if (parts_.fallback) co_return co_await parts_.fallback->get_egress_source(name);
  co_return fail("get_egress_source returned nothing for source '{}'", name);
}

rt::task<result<queue::egress_path_config>> policy::get_egress_path_config(const std::string& routing_domain,
                                                                           const std::string& source,
                                                                           const std::string& site) {
  if (egress_path_.is_handled()) {
    auto given = co_await ask<queue::egress_path_config>(egress_path_, [&](lua::call& c) {
      return push(c, routing_domain) + push(c, source) + push(c, site);
    });
    if (!given) co_return given.why();
    if (*given) co_return std::move(**given);
  }
  if (parts_.fallback)
    co_return co_await parts_.fallback->get_egress_path_config(routing_domain, source, site);
  co_return queue::egress_path_config{};
}

// kumo.reject bounces; any other error is logged and ignored (KumoMTA: retries).
rt::task<std::optional<mail::response>> policy::requeue_message(mail::message_ref m, const mail::response& r,
                                                                std::string_view insert_context,
                                                                bool increment_attempts,
                                                                std::optional<duration> delay) {
  try {
    auto answer = co_await requeue_message_.fire([&](lua::call& c) {
      c.lend(lua::make_object(m));
      const int n = 1 + push(c, r.one_line()) + push(c, insert_context) + push(c, value(increment_attempts));
      return n + push(c, delay ? value(std::chrono::duration<double>(*delay).count()) : value{});
    });
    if (answer.refusal) co_return mail::response::parse(answer.refusal->code, answer.refusal->text);
  } catch (const script_failed&) {
  }
  co_return std::nullopt;
}

rt::task<> policy::throttle_insert_ready_queue(mail::message_ref m) {
  try {
    co_await throttle_insert_.fire([&m](lua::call& c) {
      c.lend(lua::make_object(m));
      return 1;
    });
  } catch (const script_failed&) {
  }
}

rt::task<std::optional<int>> policy::rewrite_delivery_status(const mail::response& r,
                                                             const mail::queue_name& queue) {
  try {
    auto answer = co_await rewrite_status_.fire([&](lua::call& c) {
      return push(c, r.one_line()) + push(c, queue.domain) + push(c, queue.tenant) + push(c, queue.campaign) +
             push(c, queue.routing_domain);
    });
    const auto* code = answer.has_results() ? std::get<value>(answer.results.front()).as_integer() : nullptr;
    if (code && *code >= 200 && *code <= 599) co_return static_cast<int>(*code);
  } catch (const script_failed&) {
  }
  co_return std::nullopt;
}

}  // namespace godwit::lua_api
