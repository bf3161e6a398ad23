#include "base/text.hpp"
#include "dns/answer_lookup.hpp"
#include "dns/mx_lookup.hpp"
#include "dns/record.hpp"
#include "dns/resolver.hpp"

namespace godwit::dns {

namespace {

constexpr std::string_view nxdomain_mark = "(NXDOMAIN)";

/// An answer that proves nothing wrong: bogus ones and missing names become errors.
result<answer_ref> usable(const result<answer_ref>& got, unsigned record_type, const std::string& name) {
  if (!got) return got.why();
  if ((*got)->is_bogus) return fail("{} look-up of {} failed DNSSEC validation: {}", type_text(record_type), name, (*got)->why_bogus);
  if (!(*got)->exists) return no_such_name(type_text(record_type), name);
  return *got;
}

std::optional<ip_address> address_literal(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return ip_address::parse(host);
}

using addresses = std::vector<ip_address>;

result<addresses> addresses_of(const result<answer_ref>& got, unsigned record_type, const std::string& host) {
  const auto records = usable(got, record_type, host);
  if (!records) return records.why();
  addresses found;
  for (const auto& rdata : (*records)->rdata) {
    if (const auto address = read_address(rdata)) found.push_back(*address);
  }
  return found;
}

/// The addresses of both families; an error only when neither gave one.
result<addresses> joined(result<addresses> first, result<addresses> second) {
  if (!first && second && !second->empty()) return second;
  if (!first) return first;
  if (!second) return first->empty() ? second : first;
  first->insert(first->end(), second->begin(), second->end());
  return first;
}

std::string source_of(const resolver_options& options) {
  const auto servers = fmt::format("{}", fmt::join(options.name_servers, ", "));
  if (options.zones.empty()) return servers.empty() ? options.resolv_conf : servers;
  return servers.empty() ? "zones in memory" : "zones in memory, " + servers;
}

class look_through final : public cache_look {
 public:
  look_through(mx_lookup& mx, answer_lookup& answers)
      : mx_(mx), answers_(answers), mx_place_(mx.begin_list()), answer_place_(answers.begin_list()) {}

  bool next(std::vector<cached_name>& to) override {
    constexpr std::size_t names_at_once = 256;
    if (has_more_mx_) {
      has_more_mx_ = mx_.list(mx_place_, names_at_once, to);
      return true;
    }
    return answers_.list(answer_place_, names_at_once, to);
  }

 private:
  mx_lookup& mx_;
  answer_lookup& answers_;
  mx_lookup::cursor mx_place_;
  answer_lookup::cursor answer_place_;
  bool has_more_mx_ = true;
};

class caching_resolver : public resolver {
 public:
  caching_resolver(std::unique_ptr<backend> from, const resolver_options& options)
      : source_(source_of(options)), mx_(*from, options), answers_(*from, options), backend_(std::move(from)) {}

  rt::task<result<mx_ref>> lookup_mx(std::string domain) override {
    auto wanted = parse_destination(domain);
    if (!wanted) co_return wanted.why();
    co_return co_await mx_.find(std::move(*wanted));
  }

  rt::task<result<addresses>> lookup_addresses(std::string host, ip_strategy strategy) override {
    if (const auto literal = address_literal(host)) co_return addresses{*literal};
    const auto name = ascii_name(host);
    if (!name) co_return name.why();
    switch (strategy) {
      case ip_strategy::ipv4_only: co_return co_await family(*name, type::a);
      case ip_strategy::ipv6_only: co_return co_await family(*name, type::aaaa);
      case ip_strategy::ipv4_then_ipv6: co_return co_await first_then(*name, type::a, type::aaaa);
      case ip_strategy::ipv6_then_ipv4: co_return co_await first_then(*name, type::aaaa, type::a);
      case ip_strategy::ipv4_and_ipv6: break;
    }
    co_return co_await both(*name);
  }

  rt::task<result<std::vector<std::string>>> lookup_txt(std::string name) override {
    const auto ascii = ascii_name(name);
    if (!ascii) co_return ascii.why();
    const auto got = co_await ask(*ascii, type::txt);
    const auto records = usable(got, type::txt, *ascii);
    if (!records) co_return records.why();
    std::vector<std::string> texts;
    for (const auto& rdata : (*records)->rdata) {
      if (auto text = read_txt(rdata)) texts.push_back(std::move(*text));
    }
    co_return texts;
  }

  /// An address without a name is an empty list, not an error.
  rt::task<result<std::vector<std::string>>> lookup_ptr(ip_address address) override {
    const auto name = reverse_name(address);
    const auto got = co_await ask(name, type::ptr);
    std::vector<std::string> hosts;
    const auto records = usable(got, type::ptr, name);
    if (!records && says_no_such_name(records.why())) co_return hosts;
    if (!records) co_return records.why();
    for (const auto& rdata : (*records)->rdata) {
      if (auto host = read_name(rdata)) hosts.push_back(std::move(*host));
    }
    co_return hosts;
  }

  rt::task<result<answer>> query(std::string name, unsigned record_type) override {
    const auto ascii = ascii_name(name);
    if (!ascii) co_return ascii.why();
    const auto got = co_await ask(*ascii, record_type);
    if (!got) co_return got.why();
    co_return **got;
  }

  std::optional<cached_answer> cached(const std::string& name, unsigned record_type) const override {
    if (record_type == type::mx) {
      const auto wanted = parse_destination(name);
      auto exchanger = wanted ? mx_.cached(*wanted) : std::nullopt;
      if (exchanger) return exchanger;
    }
    const auto ascii = ascii_name(name);
    return ascii ? answers_.cached(*ascii, record_type) : std::nullopt;
  }

  std::unique_ptr<cache_look> look_through_cache() override { return std::make_unique<look_through>(mx_, answers_); }

  std::string source() const override { return source_; }

 private:
  rt::task<result<answer_ref>> ask(std::string name, unsigned record_type) {
    const rt::executor here = co_await asio::this_coro::executor;
    co_return co_await answers_.wait(answers_.start(std::move(name), record_type, here));
  }

  rt::task<result<addresses>> family(std::string host, unsigned record_type) {
    const auto got = co_await ask(host, record_type);
    co_return addresses_of(got, record_type, host);
  }

  rt::task<result<addresses>> first_then(std::string host, unsigned first, unsigned second) {
    auto found = co_await family(host, first);
    if (found && !found->empty()) co_return found;
    auto other = co_await family(host, second);
    co_return joined(std::move(found), std::move(other));
  }

  rt::task<result<addresses>> both(std::string host) {
    const rt::executor here = co_await asio::this_coro::executor;
    auto v4 = answers_.start(host, type::a, here);
    auto v6 = answers_.start(host, type::aaaa, here);
    const auto got4 = co_await answers_.wait(std::move(v4));
    const auto got6 = co_await answers_.wait(std::move(v6));
    co_return joined(addresses_of(got4, type::a, host), addresses_of(got6, type::aaaa, host));
  }

  const std::string source_;
  mx_lookup mx_;
  answer_lookup answers_;
  std::unique_ptr<backend> backend_;  ///< last, so that it goes first: its answers refer to the others
};

}  // namespace

error no_such_name(std::string_view type_name, std::string_view name) {
  return fail("{} look-up of {}: the name does not exist {}", type_name, name, nxdomain_mark);
}

bool says_no_such_name(const error& why) { return why.text.ends_with(nxdomain_mark); }

result<std::unique_ptr<resolver>> make_resolver(const resolver_options& options) {
  std::unique_ptr<backend> from;
  if (options.zones.empty() || !options.name_servers.empty()) {
    auto network = make_unbound_backend(options);
    if (!network) return network.why();
    from = std::move(*network);
  }
  if (!options.zones.empty()) {
    auto zones = make_zone_backend(options.zones, std::move(from));
    if (!zones) return zones.why();
    from = std::move(*zones);
  }
  return std::unique_ptr<resolver>(
      std::make_unique<caching_resolver>(make_metered_backend(std::move(from)), options));
}

}  // namespace godwit::dns
