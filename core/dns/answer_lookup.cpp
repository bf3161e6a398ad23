#include "dns/answer_lookup.hpp"

#include "base/duration.hpp"
#include "dns/record.hpp"

namespace godwit::dns {

namespace {

std::string key_of(std::string_view name, unsigned record_type) { return fmt::format("{}/{}", record_type, name); }

}  // namespace

answer_lookup::answer_lookup(backend& from, const resolver_options& options)
    : backend_(from), timeout_(options.timeout), cache_(answer_cache_name, options.cache_size) {}

answer_lookup::started answer_lookup::start(std::string name, unsigned record_type, rt::executor here) {
  started s{std::make_shared<landing<answer_ref>>(), std::move(name), record_type};
  const auto key = key_of(s.name, record_type);
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

std::optional<cached_answer> answer_lookup::cached(const std::string& name, unsigned record_type) const {
  const auto known = cache_.peek(key_of(name, record_type), rt::steady_clock::now());
  if (!known) return std::nullopt;
  cached_answer c{std::chrono::floor<std::chrono::seconds>(known->ttl), {}, {}};
  if (!known->value) {
    c.note = known->value.why().text;
    return c;
  }
  const auto& found = **known->value;
  if (!found.exists) c.note = no_such_name(type_text(record_type), name).text;
  if (found.is_bogus) c.note = fmt::format("{} failed DNSSEC validation: {}", name, found.why_bogus);
  for (const auto& rdata : found.rdata) c.records.push_back(rdata_text(record_type, rdata));
  return c;
}

bool answer_lookup::list(cursor& from, std::size_t most, std::vector<cached_name>& to) {
  return cache_.look(from, most, rt::steady_clock::now(), [&to](const std::string& key, const result<answer_ref>& outcome, duration ttl) {
    const auto slash = key.find('/');
    to.push_back({key.substr(slash + 1), static_cast<unsigned>(std::stoul(key)), references(outcome),
                  std::chrono::floor<std::chrono::seconds>(ttl)});
  });
}

rt::task<result<answer_ref>> answer_lookup::wait(started s) {
  auto outcome = co_await landed(s.arrival, timeout_);
  if (outcome) co_return std::move(*outcome);
  queries_.timeouts_of(kind_of(s.name, s.record_type)).add();
  co_return fail("{} look-up of {} timed out after {}", type_text(s.record_type), s.name, format_duration(timeout_));
}

}  // namespace godwit::dns
