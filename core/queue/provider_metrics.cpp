#include "queue/provider_metrics.hpp"

#include <algorithm>

namespace godwit::queue {

namespace {

metrics::labels of(const std::string& provider) { return {{"provider", provider}}; }

metrics::labels of(const std::string& provider, const std::string& pool) { return {{"provider", provider}, {"pool", pool}}; }

}  // namespace

provider_metrics::outcome_series::outcome_series(const char* name, const char* name_with_source,
                                                 const metrics::labels& with_source)
    : all(name, "", of(with_source.front().second)), of_source(name_with_source, "", with_source) {}

provider_metrics::provider_metrics(const std::string& provider, const std::string& source, const std::string& pool)
    : connections_("connection_count_by_provider", "", of(provider)),
      pool_connections_("connection_count_by_provider_and_pool", "", of(provider, pool)),
      delivered_("total_messages_delivered_by_provider", "total_messages_delivered_by_provider_and_source",
                 {{"provider", provider}, {"source", source}, {"pool", pool}}),
      transfail_("total_messages_transfail_by_provider", "total_messages_transfail_by_provider_and_source",
                 {{"provider", provider}, {"source", source}, {"pool", pool}}),
      failed_("total_messages_fail_by_provider", "total_messages_fail_by_provider_and_source",
              {{"provider", provider}, {"source", source}, {"pool", pool}}) {}

void provider_metrics::add_connections(std::int64_t n) {
  connections_->add(n);
  pool_connections_->add(n);
}

void provider_metrics::count(mail::record_type outcome) {
  using enum mail::record_type;
  auto* s = outcome == delivery ? &delivered_ : outcome == transient_failure ? &transfail_ : outcome == bounce ? &failed_ : nullptr;
  if (!s) return;
  s->all->add();
  s->of_source->add();
}

queued_by_provider::share::share(const std::optional<std::string>& p, const std::string& in_pool) : provider(p), pool(in_pool) {
  if (!provider) return;
  all.emplace("queued_count_by_provider", "", of(*provider));
  of_pool.emplace("queued_count_by_provider_and_pool", "", of(*provider, pool));
}

void queued_by_provider::share::add(std::int64_t n) {
  counted.fetch_add(n);
  if (!all) return;
  (*all)->add(n);
  (*of_pool)->add(n);
}

queued_by_provider::queued_by_provider() {
  shares_.push_back(std::make_unique<share>(std::nullopt, std::string()));
  current_ = shares_.front().get();
}

// Who counts and then looks which share is current, and who makes another current and then looks what was counted: one of
// the two sees the other (the order of both is sequential), and nothing is left in a share that is current no more.
void queued_by_provider::add(std::int64_t n) {
  auto* found = current_.load();
  found->add(n);
  if (current_.load() == found) return;
  const std::lock_guard lock(guard_);
  pass_on(*found);
}

void queued_by_provider::assign(const std::optional<std::string>& provider, const std::string& pool) {
  const std::lock_guard lock(guard_);
  auto* old = current_.load();
  if (old->provider == provider && (old->pool == pool || !provider)) return;
  auto at = std::find_if(shares_.begin(), shares_.end(), [&](const auto& s) { return s->provider == provider && s->pool == pool; });
  if (at == shares_.end()) at = shares_.insert(at, std::make_unique<share>(provider, pool));
  current_ = at->get();
  pass_on(*old);
}

void queued_by_provider::pass_on(share& from) {
  const auto moved = from.counted.load();
  from.add(-moved);
  current_.load()->add(moved);
}

}  // namespace godwit::queue
