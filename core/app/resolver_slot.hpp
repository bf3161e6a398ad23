#pragma once
// The daemon's resolver before and after its settings are known: modules and scripts hold this one from the start,
// kumo.dns.configure_resolver in init decides what is behind it.

#include "dns/resolver.hpp"

namespace godwit::app {

/// configure(), set() and use_default() are called before the loops serve anybody; look-ups come later, on any loop.
class resolver_slot final : public dns::resolver {
 public:
  result<void> configure(const dns::resolver_options& options);
  /// One option, over those of configure(), which may come before or after.
  result<void> set(std::string_view name, const value& setting);
  /// The system's resolver, unless configure() was called.
  result<void> use_default();

  rt::task<result<dns::mx_ref>> lookup_mx(std::string domain) override;
  rt::task<result<std::vector<ip_address>>> lookup_addresses(std::string host, dns::ip_strategy strategy) override;
  rt::task<result<std::vector<std::string>>> lookup_txt(std::string name) override;
  rt::task<result<std::vector<std::string>>> lookup_ptr(ip_address address) override;
  rt::task<result<dns::answer>> query(std::string name, unsigned type) override;
  std::optional<dns::cached_answer> cached(const std::string& name, unsigned type) const override;
  std::unique_ptr<dns::cache_look> look_through_cache() override;
  std::string source() const override;

 private:
  result<dns::resolver_options> options() const;
  result<void> open();
  dns::resolver& real();

  dns::resolver_options base_;
  object single_;  ///< what set() said
  std::unique_ptr<dns::resolver> inner_;
};

}  // namespace godwit::app
