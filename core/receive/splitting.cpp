#include "receive/splitting.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "hook/table.hpp"

namespace godwit::receive {

namespace {

const value::array& array_in(const value& v) {
  const auto* list = v.as_array();
  if (!list) throw hook::handler_failed("smtp_server_split_transaction must return an array of arrays of addresses");
  return *list;
}

}  // namespace

std::vector<recipient_group> split_recipients(const std::vector<mail::address>& recipients, smtp::batch_handling how) {
  std::vector<recipient_group> groups;
  for (const auto& recipient : recipients) {
    auto at = groups.end();
    if (how == smtp::batch_handling::batch_by_domain) {
      at = std::find_if(groups.begin(), groups.end(),
                        [&](const auto& g) { return iequals(g.front().domain(), recipient.domain()); });
    }
    if (at == groups.end()) {
      groups.push_back({recipient});
    } else {
      at->push_back(recipient);
    }
  }
  return groups;
}

std::vector<recipient_group> read_groups(const value& returned) {
  std::vector<recipient_group> groups;
  for (const auto& item : array_in(returned)) {
    auto& recipients = groups.emplace_back();
    for (const auto& member : array_in(item)) {
      const auto* text = member.as_string();
      auto parsed = mail::address::parse(text ? *text : "");
      if (!text || !parsed) throw hook::handler_failed("smtp_server_split_transaction returned an invalid address");
      recipients.push_back(std::move(*parsed));
    }
  }
  return groups;
}

}  // namespace godwit::receive
