#include "mail/queue_name.hpp"

#include "base/text.hpp"

namespace godwit::mail {
namespace {

std::optional<std::string> meta_string(const message& m, std::string_view key) {
  const value* v = m.get_meta(key);
  const std::string* s = v ? v->as_string() : nullptr;
  return s ? std::optional(*s) : std::nullopt;
}

}  // namespace

queue_name queue_name::parse(std::string_view text) {
  queue_name out;
  const auto at = text.find('@');
  if (at != text.npos) {
    const auto prefix = text.substr(0, at);
    const auto colon = prefix.find(':');
    if (colon != prefix.npos) out.campaign = prefix.substr(0, colon);
    out.tenant = prefix.substr(colon == prefix.npos ? 0 : colon + 1);
    text.remove_prefix(at + 1);
  }
  const auto mark = text.find('!');
  out.domain = text.substr(0, mark);
  if (mark != text.npos) out.routing_domain = text.substr(mark + 1);
  return out;
}

std::string queue_name::text() const {
  std::string out;
  if (campaign) out.append(*campaign).push_back(':');
  if (tenant) out += *tenant;
  if (campaign || tenant) out.push_back('@');
  out += domain;
  if (routing_domain) out.append("!").append(*routing_domain);
  return out;
}

std::string queue_name_of(const message& m) {
  if (auto verbatim = meta_string(m, "queue")) return *std::move(verbatim);
  queue_name name;
  name.campaign = meta_string(m, "campaign");
  name.tenant = meta_string(m, "tenant");
  if (!m.recipients.empty()) name.domain = to_lower(m.recipients.front().domain());
  name.routing_domain = meta_string(m, "routing_domain");
  return name.text();
}

}  // namespace godwit::mail
