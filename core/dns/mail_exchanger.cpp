#include "dns/mx_lookup.hpp"
#include "dns/record.hpp"

namespace godwit::dns {

namespace {

/// Preference of hosts that no MX record named.
constexpr unsigned implicit_preference = 1;

void add_hosts(mail_exchanger& mx, const destination& wanted) {
  std::vector<std::string> labelled;
  for (auto& [preference, hosts] : mx.by_pref) {
    std::sort(hosts.begin(), hosts.end());
    hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
    for (const auto& host : hosts) {
      mx.hosts.push_back(host);
      labelled.push_back(wanted.with_port(host));
    }
  }
  mx.site_name = site_name_of(labelled);
}

void make_null(mail_exchanger& mx) {
  mx.is_null_mx = true;
  mx.by_pref = {{0, {"."}}};
  mx.hosts = {"."};
}

/// RFC 7505: the root is a null MX only when it stands alone; among others it names no host.
void add_records(mail_exchanger& mx, const destination& wanted, const answer& got) {
  for (const auto& rdata : got.rdata) {
    const auto record = read_mx(rdata);
    if (record && !record->host.empty()) mx.by_pref[record->preference].push_back(record->host);
  }
  if (mx.by_pref.empty()) return make_null(mx);
  add_hosts(mx, wanted);
}

}  // namespace

result<mx_ref> exchanger_of(const destination& wanted, const answer& got) {
  if (got.is_bogus) return fail("MX look-up of {} failed DNSSEC validation: {}", wanted.name, got.why_bogus);
  if (!got.exists) return no_such_name("MX", wanted.name);
  auto mx = std::make_shared<mail_exchanger>();
  mx->domain_name = wanted.name + ".";
  mx->is_secure = got.is_secure;
  if (!got.rdata.empty()) {
    add_records(*mx, wanted, got);
    return mx_ref(std::move(mx));
  }
  // RFC 5321 5.1: the domain is its own exchanger; whether it has addresses shows when they are looked up.
  mx->is_mx = false;
  mx->by_pref[implicit_preference] = {wanted.name};
  add_hosts(*mx, wanted);
  return mx_ref(std::move(mx));
}

mx_ref literal_exchanger(const destination& wanted) {
  auto mx = std::make_shared<mail_exchanger>();
  const auto address = wanted.literal->text();
  mx->domain_name = fmt::format("[{}]", address);
  mx->is_domain_literal = true;
  mx->is_mx = false;
  mx->by_pref[implicit_preference] = {address};
  mx->hosts = {address};
  mx->site_name = wanted.with_port(address);
  return mx;
}

}  // namespace godwit::dns
