// Timers, jobs, posted tasks, name look-ups, events.
#include "base/text.hpp"
#include "dns/resolver.hpp"
#include "log/log.hpp"
#include "module/host_table.hpp"
#include "module/pending_answer.hpp"
#include "rt/blocking_pool.hpp"

namespace godwit::module {

namespace {

rt::loop& loop_here(godwit_instance* self) {
  auto* current = rt::loop::current();
  return current != nullptr ? *current : self->host->services.loops.at(0);
}

bool takes_requests(const godwit_instance* self) { return self->phase < phase::draining; }

godwit_timer* timer_start(godwit_instance* self, int64_t delay, int64_t interval, godwit_callback callback,
                          void* context) {
  if (!takes_requests(self)) return nullptr;
  return self->timers->start(loop_here(self), std::chrono::nanoseconds(delay),
                             std::chrono::nanoseconds(interval), callback, context);
}

void timer_cancel(godwit_timer* t) {
  if (t != nullptr) t->set.cancel(t);
}

godwit_status job_submit(godwit_instance* self, godwit_callback work, godwit_callback done, void* context) {
  auto use = std::make_shared<usage>(usage::as_part(self->shared_from_this()));
  if (!*use) return GODWIT_WRONG_PHASE;
  auto& home = loop_here(self);
  try {
    self->host->services.pool.post([&home, use, work, done, context] {
      work(context);
      home.post([use, done, context] { done(context); });
    });
    return GODWIT_OK;
  } catch (const std::exception& e) {
    log::error("module", "{}: {}", self->id.name, e.what());
    return GODWIT_FAILED;
  }
}

godwit_status task_post(godwit_instance* self, godwit_callback task, void* context) {
  auto use = std::make_shared<usage>(usage::as_part(self->shared_from_this()));
  if (!*use) return GODWIT_WRONG_PHASE;
  self->host->services.loops.at(0).post([use, task, context] { task(context); });
  return GODWIT_OK;
}

using pending = std::shared_ptr<pending_answer>;

/// Runs `body` in the module's gate of this loop; the pending answer says GODWIT_GONE when that is closed or
/// cancelled.
godwit_status spawn(godwit_instance* self, std::string label, pending answer,
                    std::function<rt::task<>(pending)> body) {
  if (!*answer) {
    answer->withdraw();
    return GODWIT_WRONG_PHASE;
  }
  const auto go = [owner = self->shared_from_this(), label, answer, body] {
    owner->gate_here().spawn(label, [answer, body] { return body(answer); });
  };
  if (rt::loop::current() != nullptr)
    go();
  else
    self->host->services.loops.at(0).post(go);
  return GODWIT_OK;
}

template <class T>
void give(pending_answer& answer, const result<std::vector<T>>& found) {
  if (!found) {
    const bool is_missing = found.why().text.find("does not exist") != std::string::npos;
    return answer.give(is_missing ? GODWIT_NOT_FOUND : GODWIT_FAILED, {}, found.why().text);
  }
  value::array list;
  for (const auto& item : *found) {
    if constexpr (std::is_same_v<T, ip_address>)
      list.emplace_back(item.text());
    else
      list.emplace_back(item);
  }
  answer.give(GODWIT_OK, list);
}

rt::task<> look_up(dns::resolver& resolver, int32_t kind, std::string name, pending answer) {
  if (kind == GODWIT_DNS_TXT) {
    const auto found = co_await resolver.lookup_txt(std::move(name));
    give(*answer, found);
  } else if (kind == GODWIT_DNS_ADDRESS) {
    const auto found = co_await resolver.lookup_addresses(std::move(name), dns::ip_strategy::ipv4_and_ipv6);
    give(*answer, found);
  } else if (kind == GODWIT_DNS_PTR) {
    const auto address = ip_address::parse(name);
    if (!address) co_return answer->give(GODWIT_INVALID, {}, "not an IP address");
    const auto found = co_await resolver.lookup_ptr(*address);
    give(*answer, found);
  } else {
    const auto found = co_await resolver.lookup_mx(std::move(name));
    give(*answer, found ? result<std::vector<std::string>>((*found)->hosts)
                        : result<std::vector<std::string>>(found.why()));
  }
}

godwit_status dns_query(godwit_instance* self, int32_t kind, godwit_str name, godwit_answer_callback callback,
                        void* context) {
  auto* resolver = self->host->services.resolver;
  if (kind < GODWIT_DNS_TXT || kind > GODWIT_DNS_MX) return GODWIT_INVALID;
  auto answer = std::make_shared<pending_answer>(self->shared_from_this(), callback, context);
  if (resolver == nullptr) {
    answer->give(GODWIT_FAILED, {}, "this server has no resolver");
    return GODWIT_OK;
  }
  auto body = [resolver, kind, name = std::string(view(name))](pending p) -> rt::task<> {
    try {
      co_await look_up(*resolver, kind, name, p);
    } catch (const asio::system_error& e) {
      p->give(e.code() == asio::error::operation_aborted ? GODWIT_GONE : GODWIT_FAILED, {}, e.what());
    } catch (const std::exception& e) {
      p->give(GODWIT_FAILED, {}, e.what());
    }
  };
  return spawn(self, "dns look-up", std::move(answer), std::move(body));
}

rt::task<> run_event(hook::event& event, hook::arguments args, pending answer) {
  try {
    const auto verdict = co_await event.run(std::move(args));
    if (verdict.what == hook::verdict::kind::reject)
      co_return answer->give(GODWIT_FAILED, {}, fmt::format("{} {}", verdict.code, verdict.text));
    answer->give(GODWIT_OK, verdict.returned.value_or(value()));
  } catch (const std::exception& e) {
    answer->give(GODWIT_FAILED, {}, e.what());
  }
}

godwit_status event_call(godwit_instance* self, godwit_str name, godwit_message* message,
                         const godwit_value* argument, godwit_answer_callback callback, void* context) {
  auto answer = std::make_shared<pending_answer>(self->shared_from_this(), callback, context);
  auto& event = self->host->services.hooks.get(view(name));
  if (!event.has_handlers()) {
    answer->give(GODWIT_OK, {});
    return GODWIT_OK;
  }
  hook::arguments args;
  if (from_handle(message) != nullptr) args.emplace_back(reference(message));
  if (argument != nullptr) args.emplace_back(*from_handle(argument));
  return spawn(self, "event " + event.name(), std::move(answer),
               [&event, args](pending p) { return run_event(event, args, std::move(p)); });
}

}  // namespace

void fill_async_slots(godwit_host& h) {
  h.timer_start = timer_start;
  h.timer_cancel = timer_cancel;
  h.job_submit = job_submit;
  h.task_post = task_post;
  h.dns_query = dns_query;
  h.event_call = event_call;
}

}  // namespace godwit::module
