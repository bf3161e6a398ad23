#include "record_line.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace log_json {

using godwit::sdk::message_view;
using godwit::sdk::record_view;
using godwit::sdk::to_view;
using godwit::sdk::value_view;

namespace {

void put_optional(buffer& out, godwit_str text) {
  if (text.data == nullptr)
    put(out, "null");
  else
    put_string(out, to_view(text));
}

void put_member(buffer& out, std::string_view literal_key, godwit_str text) {
  put(out, literal_key);
  put_optional(out, text);
}

void put_known(buffer& out, std::string_view literal_key, godwit_str text) {
  if (text.data != nullptr) put_member(out, literal_key, text);
}

void put_value(buffer& out, const godwit_value* v) {
  if (v == nullptr) return put(out, "null");
  godwit::sdk::host().value_write_json(
      v, [](void* to, godwit_str piece) { put(*static_cast<buffer*>(to), to_view(piece)); }, &out);
}

/// "2026-01-31T08:00:00": the same for all records of a second, so each thread keeps the last one. No destructor: one that a
/// thread still has to run would keep the code of an unloaded module in memory.
std::string_view date_text(std::time_t seconds) {
  thread_local std::time_t last = -1;
  thread_local std::array<char, 32> text;
  thread_local std::size_t size = 0;
  if (seconds != last) {
    std::tm t{};
    gmtime_r(&seconds, &t);
    const auto made = fmt::format_to_n(text.data(), text.size(), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.tm_year + 1900, t.tm_mon + 1,
                   t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
    size = std::min(made.size, text.size());
    last = seconds;
  }
  return {text.data(), size};
}

/// "." and the nanoseconds in 3, 6 or 9 digits.
void put_fraction(buffer& out, std::int64_t ns) {
  char text[10] = {'.'};
  for (int i = 9; i > 0; --i, ns /= 10) text[i] = static_cast<char>('0' + ns % 10);
  std::string_view digits(text, 10);
  while (digits.ends_with("000")) digits.remove_suffix(3);
  put(out, digits);
}

/// Quoted RFC 3339 with 0, 3, 6 or 9 fractional digits.
void put_time(buffer& out, std::int64_t ns) {
  const auto seconds = ns / 1'000'000'000, fraction = ns % 1'000'000'000;
  out.push_back('"');
  put(out, date_text(seconds));
  if (fraction != 0) put_fraction(out, fraction);
  put(out, "Z\"");
}

void put_recipients(buffer& out, const record_view& r) {
  if (r->recipient_count == 1) return put_string(out, r.recipient(0));
  out.push_back('[');
  for (std::size_t i = 0; i < r->recipient_count; ++i) {
    if (i > 0) out.push_back(',');
    put_string(out, r.recipient(i));
  }
  out.push_back(']');
}

void put_enhanced(buffer& out, const record_view& r) {
  if (r->enhanced_class == 0) return put(out, "null");
  put(out, "{\"class\":");
  put_integer(out, r->enhanced_class);
  put(out, ",\"subject\":");
  put_integer(out, r->enhanced_subject);
  put(out, ",\"detail\":");
  put_integer(out, r->enhanced_detail);
  out.push_back('}');
}

void put_response(buffer& out, const record_view& r) {
  put(out, ",\"response\":{\"code\":");
  put_integer(out, r->response_code);
  put(out, ",\"enhanced_code\":");
  put_enhanced(out, r);
  put_member(out, ",\"content\":", r->response_content);
  put_member(out, ",\"command\":", r->response_command);
  out.push_back('}');
}

void put_peer(buffer& out, const record_view& r) {
  put(out, ",\"peer_address\":");
  if (r->peer_address.data == nullptr) return put(out, "null");
  put_member(out, "{\"name\":", r->peer_name);
  put_member(out, ",\"addr\":", r->peer_address);
  out.push_back('}');
}

void put_times(buffer& out, const record_view& r) {
  put(out, ",\"timestamp\":");
  put_integer(out, r->timestamp_ns / 1'000'000'000);
  put(out, ",\"event_time\":");
  put_time(out, r->timestamp_ns);
  put(out, ",\"created\":");
  put_integer(out, r->created_ns / 1'000'000'000);
  put(out, ",\"created_time\":");
  put_time(out, r->created_ns);
}

/// Writes `"name":` with a comma where one is due.
struct member_list {
  buffer& out;
  bool is_first = true;
  void key(std::string_view name) {
    if (!is_first) out.push_back(',');
    is_first = false;
    put_string(out, name);
    out.push_back(':');
  }
};

void put_meta(buffer& out, message_view m, const name_filter& filter) {
  put(out, ",\"meta\":{");
  member_list list{out};
  if (m && filter.has_wildcards()) {
    m.each_meta([&](std::string_view name, value_view v) {
      if (!filter.matches(name)) return;
      list.key(name);
      put_value(out, v.raw());
    });
  } else if (m) {
    for (const auto& name : filter.names()) {
      const auto v = m.meta(name);
      if (v.raw() == nullptr) continue;
      list.key(name);
      put_value(out, v.raw());
    }
  }
  out.push_back('}');
}

/// The first field of each name, under its own spelling.
void put_headers(buffer& out, message_view m, const name_filter& filter) {
  put(out, ",\"headers\":{");
  if (m && !filter.empty()) {
    member_list list{out};
    std::vector<std::string> seen;
    m.each_header([&](std::string_view name, std::string_view raw) {
      if (!filter.matches(name)) return;
      for (const auto& s : seen)
        if (godwit::sdk::same_name(s, name)) return;
      seen.emplace_back(name);
      list.key(name);
      put_string(out, message_view::decode_header(raw));
    });
  }
  out.push_back('}');
}

void put_tls(buffer& out, const record_view& r) {
  put_known(out, ",\"tls_cipher\":", r->tls_cipher);
  put_known(out, ",\"tls_protocol_version\":", r->tls_protocol_version);
  if (r->tls_peer_subject_count == 0) return;
  put(out, ",\"tls_peer_subject_name\":[");
  for (std::size_t i = 0; i < r->tls_peer_subject_count; ++i) {
    if (i > 0) out.push_back(',');
    put_string(out, r.tls_peer_subject(i));
  }
  out.push_back(']');
}

}  // namespace

void put_record(buffer& out, const record_view& r, message_view m, const log_settings& s,
                std::string_view node_id) {
  put_member(out, "{\"type\":", r->type_name);
  put_member(out, ",\"id\":", r->id);
  put_member(out, ",\"sender\":", r->sender);
  put(out, ",\"recipient\":");
  put_recipients(out, r);
  put_member(out, ",\"queue\":", r->queue);
  put_member(out, ",\"site\":", r->site);
  put(out, ",\"size\":");
  put_integer(out, static_cast<long long>(r->message_size));
  put_response(out, r);
  put_peer(out, r);
  put_times(out, r);
  put(out, ",\"num_attempts\":");
  put_integer(out, r->num_attempts);
  put_member(out, ",\"bounce_classification\":", r->bounce_classification);
  put_member(out, ",\"egress_pool\":", r->egress_pool);
  put_member(out, ",\"egress_source\":", r->egress_source);
  put(out, ",\"source_address\":");
  put_value(out, r->source_address);
  put(out, ",\"feedback_report\":");
  put_value(out, r->feedback_report);
  put_meta(out, m, s.meta);
  put_headers(out, m, s.headers);
  put_member(out, ",\"delivery_protocol\":", r->delivery_protocol);
  put_member(out, ",\"reception_protocol\":", r->reception_protocol);
  put(out, ",\"nodeid\":");
  put_string(out, node_id);
  put_tls(out, r);
  put_known(out, ",\"provider_name\":", r->provider_name);
  put_known(out, ",\"session_id\":", r->session_id);
  put(out, "}\n");
}

}  // namespace log_json
