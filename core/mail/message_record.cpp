// The spooled form of a message's metadata (KumoMTA: spool). Written on the hot path: straight into a
// buffer.
#include "base/json.hpp"
#include "mail/message.hpp"

namespace godwit::mail {
namespace {

void put(fmt::memory_buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

void put_recipients(fmt::memory_buffer& out, const std::vector<address>& recipients) {
  if (recipients.size() == 1) return json::append_string(out, recipients.front().email());
  out.push_back('[');
  for (const auto& recipient : recipients) {
    if (&recipient != &recipients.front()) out.push_back(',');
    json::append_string(out, recipient.email());
  }
  out.push_back(']');
}

void put_meta(fmt::memory_buffer& out, const object& meta) {
  out.push_back('{');
  bool first = true;
  for (const auto& [key, member] : meta) {
    if (!first) out.push_back(',');
    first = false;
    json::append_string(out, key);
    out.push_back(':');
    json::append(out, member);
  }
  out.push_back('}');
}

result<address> read_address(const value& v) {
  const std::string* text = v.as_string();
  if (!text) return fail("address is of type {}", v.type_name());
  return address::parse(*text);
}

result<std::vector<address>> read_recipients(const value& v) {
  std::vector<address> out;
  const auto add = [&](const value& item) -> result<void> {
    auto one = read_address(item);
    if (!one) return one.why();
    out.push_back(*std::move(one));
    return {};
  };
  if (!v.is_array()) {
    if (auto added = add(v); !added) return added.why();
    return out;
  }
  out.reserve(v.as_array()->size());
  for (const auto& item : *v.as_array())
    if (auto added = add(item); !added) return added.why();
  return out;
}

/// The optional members: metadata, schedule, shared body.
result<void> read_rest(message& m, value& record) {
  object& members = *record.as_object();
  if (value* meta = members.find("meta"); meta && !meta->is_null()) {
    if (!meta->is_object()) return fail("meta is of type {}", meta->type_name());
    m.meta = std::move(*meta->as_object());
  }
  if (const value* table = members.find("schedule"); table && !table->is_null()) {
    auto parsed = schedule::parse(*table);
    if (!parsed) return parsed.why();
    m.schedule = *std::move(parsed);
  }
  if (const value* body = members.find("body"); body && !body->is_null()) {
    const auto id = body->is_string() ? uuid::parse(*body->as_string()) : std::nullopt;
    if (!id) return fail("body is not an id");
    m.shared_body_id = *id;
  }
  return {};
}

}  // namespace

std::string message::encode_meta() const {
  fmt::memory_buffer out;
  put(out, "{\"sender\":");
  json::append_string(out, sender.email());
  put(out, ",\"recipient\":");
  put_recipients(out, recipients);
  put(out, ",\"meta\":");
  put_meta(out, meta);
  put(out, ",\"schedule\":");
  schedule ? json::append(out, schedule->to_value()) : put(out, "null");
  if (!shared_body_id.is_nil()) {
    put(out, ",\"body\":\"");
    put(out, shared_body_id.simple());
    out.push_back('"');
  }
  out.push_back('}');
  return fmt::to_string(out);
}

result<std::unique_ptr<message>> message::decode_meta(const uuid& id, std::string_view json) {
  auto record = json::parse(json);
  if (!record) return fail("spool record {}: {}", id.simple(), record.why().text);
  const value* from = record->find("sender");
  const value* to = record->find("recipient");
  if (!from || !to) return fail("spool record {} has no sender or recipient", id.simple());
  auto sender = read_address(*from);
  if (!sender) return fail("spool record {}: sender: {}", id.simple(), sender.why().text);
  auto recipients = read_recipients(*to);
  if (!recipients) return fail("spool record {}: recipient: {}", id.simple(), recipients.why().text);

  auto out = std::make_unique<message>(id, *std::move(sender), *std::move(recipients));
  if (auto rest = read_rest(*out, *record); !rest)
    return fail("spool record {}: {}", id.simple(), rest.why().text);
  out->meta_dirty = out->data_dirty = false;
  out->is_spooled = true;
  return out;
}

}  // namespace godwit::mail
