#include "dns/answer_lookup.hpp"

#include "base/duration.hpp"
#include "dns/record.hpp"

namespace godwit::dns {

answer_lookup::answer_lookup(backend& from, const resolver_options& options)
    : backend_(from), timeout_(options.timeout), cache_("dns_resolver_answer", options.cache_size) {}

answer_lookup::started answer_lookup::start(std::string name, unsigned record_type, rt::executor here) {
  started s{std::make_shared<landing<answer_ref>>(), std::move(name), record_type};
  const auto key = fmt::format("{}/{}", record_type, s.name);
  const auto now = rt::steady_clock::now();
  s.arrival->value = cache_.find(key, now);
  if (s.arrival->value) return s;
  if (cache_.join(key, now, landing_waiter(s.arrival, here)) != shared_cache<answer_ref>::role::leads) return s;
  backend_.ask(s.name, record_type, [this, key, name = s.name, record_type](result<answer> got) {
    const auto ttl = got ? got->ttl : std::chrono::seconds(0);
    const auto outcome = got ? result<answer_ref>(std::make_shared<const answer>(std::move(*got)))
                             : fail("{} look-up of {}: {}", type_text(record_type), name, got.why().text);
    cache_.settle(key, outcome, ttl, rt::steady_clock::now());
  });
  return s;
}

rt::task<result<answer_ref>> answer_lookup::wait(started s) {
  auto outcome = co_await landed(s.arrival, timeout_);
  if (outcome) co_return std::move(*outcome);
  co_return fail("{} look-up of {} timed out after {}", type_text(s.record_type), s.name, format_duration(timeout_));
}

}  // namespace godwit::dns
