#include "app/resolver_slot.hpp"

#include "base/internal_error.hpp"

namespace godwit::app {

result<void> resolver_slot::configure(const dns::resolver_options& options) {
  base_ = options;
  return open();
}

result<void> resolver_slot::set(std::string_view name, const value& setting) {
  single_.set(name, setting);
  if (inner_) return open();
  const auto checked = options();
  return checked ? result<void>() : checked.why();
}

result<void> resolver_slot::use_default() { return inner_ ? result<void>() : open(); }

result<dns::resolver_options> resolver_slot::options() const {
  config::problems found;
  auto all = dns::resolver_option_table().parse(value(single_), found, {}, base_);
  if (found.empty()) return all;
  return fail("kumo.dns: {}", config::describe(found));
}

result<void> resolver_slot::open() {
  const auto wanted = options();
  if (!wanted) return wanted.why();
  auto made = dns::make_resolver(*wanted);
  if (!made) return made.why();
  inner_ = std::move(*made);
  return {};
}

dns::resolver& resolver_slot::real() {
  if (!inner_) on_internal_error("a name was looked up before the resolver was configured");
  return *inner_;
}

rt::task<result<dns::mx_ref>> resolver_slot::lookup_mx(std::string domain) {
  return real().lookup_mx(std::move(domain));
}

rt::task<result<std::vector<ip_address>>> resolver_slot::lookup_addresses(std::string host, dns::ip_strategy strategy) {
  return real().lookup_addresses(std::move(host), strategy);
}

rt::task<result<std::vector<std::string>>> resolver_slot::lookup_txt(std::string name) {
  return real().lookup_txt(std::move(name));
}

rt::task<result<std::vector<std::string>>> resolver_slot::lookup_ptr(ip_address address) {
  return real().lookup_ptr(address);
}

rt::task<result<dns::answer>> resolver_slot::query(std::string name, unsigned type) {
  return real().query(std::move(name), type);
}

std::optional<dns::cached_answer> resolver_slot::cached(const std::string& name, unsigned type) const {
  return inner_ ? inner_->cached(name, type) : std::nullopt;
}

std::unique_ptr<dns::cache_look> resolver_slot::look_through_cache() { return inner_ ? inner_->look_through_cache() : nullptr; }

std::string resolver_slot::source() const { return inner_ ? inner_->source() : std::string(); }

}  // namespace godwit::app
