#pragma once
// Names that a test knows; everything else does not resolve.

#include <map>

#include "dns/destination.hpp"
#include "dns/resolver.hpp"

namespace godwit::deliver::testing {

class fake_resolver : public dns::resolver {
 public:
  std::map<std::string, dns::mail_exchanger> mx;
  std::map<std::string, std::vector<std::string>> addresses;
  dns::ip_strategy asked = dns::ip_strategy::ipv4_and_ipv6;

  void add_mx(const std::string& domain, std::map<unsigned, std::vector<std::string>> by_pref) {
    dns::mail_exchanger m;
    m.by_pref = std::move(by_pref);
    const auto to = dns::parse_destination(domain);
    std::vector<std::string> hosts;
    for (const auto& [preference, names] : m.by_pref) {
      for (const auto& name : names) hosts.push_back(to->with_port(name));
    }
    m.site_name = dns::site_name_of(hosts);
    mx[domain] = std::move(m);
  }

  rt::task<result<dns::mx_ref>> lookup_mx(std::string domain) override {
    const auto found = mx.find(domain);
    if (found == mx.end()) co_return fail("no MX for {}", domain);
    co_return std::make_shared<const dns::mail_exchanger>(found->second);
  }
  rt::task<result<std::vector<ip_address>>> lookup_addresses(std::string host, dns::ip_strategy strategy) override {
    asked = strategy;
    const auto found = addresses.find(host);
    if (found == addresses.end()) co_return fail("no address for {}", host);
    std::vector<ip_address> out;
    for (const auto& text : found->second) out.push_back(*ip_address::parse(text));
    co_return out;
  }
  rt::task<result<std::vector<std::string>>> lookup_txt(std::string) override { co_return fail("not known"); }
  rt::task<result<std::vector<std::string>>> lookup_ptr(ip_address) override { co_return fail("not known"); }
  rt::task<result<dns::answer>> query(std::string, unsigned) override { co_return fail("not known"); }
};

}  // namespace godwit::deliver::testing
