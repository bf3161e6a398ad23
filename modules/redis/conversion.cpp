#include "conversion.hpp"

namespace redis {

namespace sdk = godwit::sdk;
using kind = reply::kind;
using sdk::value_ref;

namespace {

void put(const reply& r, value_ref to);

/// Keys of tables are text on this side; other ones are rare and shown as such.
std::string key_text(const reply& r) {
  if (r.what == kind::integer || r.what == kind::boolean) return std::to_string(r.integer);
  if (r.what == kind::number) return std::to_string(r.number);
  return r.text;
}

void put_list(const reply& r, std::size_t first, std::size_t end, value_ref to) {
  to.make_array();
  for (auto i = first; i < end; ++i) put(r.items[i], to.push());
}

void put_pairs(const reply& r, std::size_t end, value_ref to) {
  to.make_object();
  for (std::size_t i = 0; i + 1 < end; i += 2) put(r.items[i + 1], to.member(key_text(r.items[i])));
}

void put_verbatim(const reply& r, value_ref to) {
  to.make_object();
  to.set("format", r.format);
  to.set("text", r.text);
}

void put_push(const reply& r, value_ref to) {
  to.make_object();
  to.set("kind", r.items.empty() ? std::string() : key_text(r.items.front()));
  put_list(r, 1, r.items.size(), to.member("data"));
}

void put_attributed(const reply& r, value_ref to) {
  to.make_object();
  put(r.items.back(), to.member("data"));
  put_pairs(r, r.items.size() - 1, to.member("attributes"));
}

void put(const reply& r, value_ref to) {
  switch (r.what) {
    case kind::nil:
      return to.set(nullptr);
    case kind::boolean:
      return to.set(r.integer != 0);
    case kind::integer:
      return to.set(r.integer);
    case kind::number:
      return to.set(r.number);
    case kind::status:
      return r.text == "OK" ? to.set(true) : to.set(r.text);
    case kind::big_number:
    case kind::text:
      return to.set(r.text);
    case kind::verbatim:
      return put_verbatim(r, to);
    case kind::error:
      throw sdk::failure(r.text);
    case kind::array:
    case kind::set:
      return put_list(r, 0, r.items.size(), to);
    case kind::map:
      return put_pairs(r, r.items.size(), to);
    case kind::push:
      return put_push(r, to);
    case kind::attributed:
      return put_attributed(r, to);
  }
}

}  // namespace

sdk::value to_value(const reply& r) {
  sdk::value v;
  put(r, v);
  return v;
}

}  // namespace redis
