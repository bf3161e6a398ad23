// Header methods of Message.
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "lua_api/address_header.hpp"
#include "lua_api/declarations.hpp"
#include "lua_api/header_import.hpp"
#include "lua_api/message_data.hpp"
#include "lua_api/types.hpp"
#include "mail/authentication_results.hpp"
#include "mime/encoded_word.hpp"
#include "mime/header.hpp"

namespace godwit::lua_api {

namespace {

using mail::message;
using mail::message_ref;
using names = std::vector<std::string>;
using header_ref = std::shared_ptr<address_header>;

std::string encoded(const std::string& name, std::string text, bool encode) {
  return encode ? mime::encode_value(text, name.size() + 2) : text;
}

std::optional<std::string> first_value(const message& m, const std::string& name) {
  auto raw = m.first_header(name);
  if (raw) *raw = mime::decode_value(*raw);
  return raw;
}

names all_values(const message& m, const std::string& name) {
  auto all = m.all_headers(name);
  for (auto& v : all) v = mime::decode_value(v);
  return all;
}

value all_headers(const message& m) {
  const std::string block = m.header_block();
  value::array all;
  for (const auto& f : mime::header_fields(block)) {
    if (!f.name.empty()) all.push_back(value::array{value(f.name), value(mime::decode_value(f.value))});
  }
  return all;
}

header_ref address_list(const message& m, const std::string& name) {
  const auto raw = m.first_header(name);
  if (!raw) return nullptr;
  auto parsed = address_header::parse(*raw);
  if (!parsed) throw std::runtime_error(fmt::format("{} header: {}", name, parsed.why().text));
  return std::make_shared<address_header>(std::move(*parsed));
}

std::vector<header_import> x_imports(const std::optional<names>& which) {
  std::vector<header_import> all;
  for (const auto& name : which.value_or(names{"X-*"})) {
    header_import one;
    one.name = name;
    all.push_back(std::move(one));
  }
  return all;
}

void remove_x_headers(message& m, const std::optional<names>& which) {
  std::set<std::string> gone;
  if (which) {
    gone.insert(which->begin(), which->end());
  } else {
    const std::string block = m.header_block();
    for (const auto& f : mime::header_fields(block)) {
      if (istarts_with(f.name, "x-")) gone.insert(to_lower(f.name));
    }
  }
  for (const auto& name : gone) m.remove_all_named_headers(name);
}

// Plain names stand for {name = …}.
std::vector<header_import> read_imports(const value& specs) {
  std::vector<header_import> all;
  const auto* list = specs.as_array();
  if (!list) throw std::runtime_error("Message:import_headers: an array of names or tables is expected");
  for (const auto& spec : *list) {
    const value table = spec.is_string() ? value(object{{"name", spec}}) : spec;
    auto parsed = config::parse_options(header_import_table(), table);
    if (!parsed) throw std::runtime_error(parsed.why().text);
    all.push_back(std::move(*parsed));
  }
  return all;
}

value import_schedule(message& m, const std::string& header, bool remove) {
  const auto text = m.first_header(header);
  if (!text) return {};
  auto table = json::parse(*text);
  if (!table) throw std::runtime_error(fmt::format("{} header: {}", header, table.why().text));
  auto parsed = mail::schedule::parse(*table);
  if (!parsed) throw std::runtime_error(fmt::format("{} header: {}", header, parsed.why().text));
  m.schedule = std::move(*parsed);
  m.meta_dirty = true;
  if (remove) m.remove_all_named_headers(header);
  return m.schedule->to_value();
}

void declare_edits(lua::type_builder<message> type, services& s) {
  using text = std::string;
  type.method("append_header", {"name", "value", "encode"},
              "Adds a header at the end; encode folds and encodes it.",
              [&s](message_ref m, text name, text v, std::optional<bool> encode) {
                return with_data(s, m, [=](message& x) {
                  x.append_header(name, encoded(name, v, encode.value_or(false)));
                });
              })
      .method("prepend_header", {"name", "value", "encode"},
              "Adds a header at the top; encode folds and encodes it.",
              [&s](message_ref m, text name, text v, std::optional<bool> encode) {
                return with_data(s, m, [=](message& x) {
                  x.prepend_header(name, encoded(name, v, encode.value_or(false)));
                });
              })
      .method("add_authentication_results", {"server_id", "results"},
              "Adds an Authentication-Results header at the top, made of results like those of dkim_verify.",
              [&s](message_ref m, text server_id, value::array results) {
                return with_data(s, m, [=](message& x) {
                  x.prepend_header("Authentication-Results", mail::authentication_results_value(server_id, results));
                });
              })
      .method("remove_all_named_headers", {"name"}, "Removes every header of that name.",
              [&s](message_ref m, text name) {
                return with_data(s, m, [=](message& x) { x.remove_all_named_headers(name); });
              })
      .method("remove_x_headers", {"names"}, "Removes the named headers, or all that start with X-.",
              [&s](message_ref m, std::optional<names> which) {
                return with_data(s, m, [=](message& x) { remove_x_headers(x, which); });
              });
}

void declare_reads(lua::type_builder<message> type, services& s) {
  using text = std::string;
  type.method("get_first_named_header_value", {"name"}, "Decoded value of the first header of that name.",
              [&s](message_ref m, text name) {
                return with_data(s, m, [=](message& x) { return first_value(x, name); });
              })
      .method("get_all_named_header_values", {"name"}, "Decoded values of all headers of that name.",
              [&s](message_ref m, text name) {
                return with_data(s, m, [=](message& x) { return all_values(x, name); });
              })
      .method("get_all_headers", {}, "All headers as {name, value}, decoded.",
              [&s](message_ref m) { return with_data(s, m, [](message& x) { return all_headers(x); }); })
      .method("get_address_header", {"name"}, "The first header of that name as addresses.",
              [&s](message_ref m, text name) {
                return with_data(s, m, [=](message& x) { return address_list(x, name); });
              });
  for (const auto& [method, header] : {std::pair{"from_header", "From"}, std::pair{"to_header", "To"}}) {
    type.method(method, {}, fmt::format("The {} header as addresses.", header),
                [&s, name = text(header)](message_ref m) {
                  return with_data(s, m, [=](message& x) { return address_list(x, name); });
                });
  }
}

void declare_imports(lua::type_builder<message> type, services& s) {
  type.method("import_headers", {"specs"}, "Copies headers to metadata.",
              [&s](message_ref m, value specs) {
                return with_data(s, m,
                                 [imports = read_imports(specs)](message& x) { import_headers(x, imports); });
              })
      .method(
          "import_x_headers", {"names"}, "Copies the named headers, or all that start with X-, to metadata.",
          [&s](message_ref m, std::optional<names> which) {
            return with_data(s, m, [imports = x_imports(which)](message& x) { import_headers(x, imports); });
          })
      .method("import_scheduling_header", {"name", "remove"}, "Applies the header's JSON as schedule.",
              [&s](message_ref m, std::string name, std::optional<bool> remove) {
                return with_data(
                    s, m, [=](message& x) { return import_schedule(x, name, remove.value_or(false)); });
              });
}

}  // namespace

void declare_headers(lua::module& kumo, services& s) {
  auto type = kumo.extend<message>();
  declare_edits(type, s);
  declare_reads(type, s);
  declare_imports(type, s);
}

}  // namespace godwit::lua_api
