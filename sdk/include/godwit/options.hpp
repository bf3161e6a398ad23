#pragma once
// Strict option tables: declared once as static constants, parsed by the host (unknown keys, types, bounds,
// defaults).
//
//   static const godwit::sdk::option_table table("greylist", "Defers unknown triplets once.", {
//       option::duration("delay").fallback("5m").means("How long an unknown triplet waits."),
//       option::text_list("exempt").fallback("[]").means("Client networks that never wait."),
//   });
//
// All texts are literals: the host keeps pointers to them until the module is unloaded.

#include <initializer_list>
#include <memory>
#include <vector>

#include <godwit/value.hpp>

namespace godwit::sdk {

class option_table;

class option {
 public:
  static option any(std::string_view name) { return option(name, GODWIT_OPTION_ANY); }
  static option boolean(std::string_view name) { return option(name, GODWIT_OPTION_BOOLEAN); }
  static option integer(std::string_view name) { return option(name, GODWIT_OPTION_INTEGER); }
  static option number(std::string_view name) { return option(name, GODWIT_OPTION_NUMBER); }
  static option text(std::string_view name) { return option(name, GODWIT_OPTION_TEXT); }
  static option duration(std::string_view name) { return option(name, GODWIT_OPTION_DURATION); }
  static option size(std::string_view name) { return option(name, GODWIT_OPTION_SIZE); }
  static option text_list(std::string_view name) { return option(name, GODWIT_OPTION_TEXT_LIST); }
  static option text_map(std::string_view name) { return option(name, GODWIT_OPTION_TEXT_MAP); }
  static option choice(std::string_view name, std::initializer_list<std::string_view> among) {
    return option(name, GODWIT_OPTION_CHOICE).among(among);
  }
  static option table(std::string_view name, const option_table& t);
  static option table_list(std::string_view name, const option_table& t);
  /// `keys`: the permitted keys; empty: any.
  static option table_map(std::string_view name, const option_table& t,
                          std::initializer_list<std::string_view> keys = {});

  option&& required() && {
    raw_.flags |= GODWIT_OPTION_REQUIRED;
    return std::move(*this);
  }
  /// Plain text for text, choice, duration and size; JSON for the others.
  option&& fallback(std::string_view literal) && {
    raw_.fallback = to_str(literal);
    return std::move(*this);
  }
  option&& between(std::int64_t low, std::int64_t high) && {
    raw_.minimum = low;
    raw_.maximum = high;
    return std::move(*this);
  }
  option&& means(std::string_view literal) && {
    raw_.meaning = to_str(literal);
    return std::move(*this);
  }

 private:
  friend class option_table;
  option(std::string_view name, int32_t type) {
    raw_.name = to_str(name);
    raw_.type = type;
  }
  option&& among(std::initializer_list<std::string_view> list) && {
    choices_ = std::make_shared<std::vector<godwit_str>>();
    for (auto word : list) choices_->push_back(to_str(word));
    raw_.choices = choices_->data();
    raw_.choice_count = choices_->size();
    return std::move(*this);
  }

  godwit_option raw_{};
  std::shared_ptr<std::vector<godwit_str>> choices_;  // shared: option is copied out of an initializer list
};

class option_table {
 public:
  option_table(std::string_view name, std::string_view summary, std::initializer_list<option> options)
      : keep_(options) {
    for (const auto& o : keep_) raws_.push_back(o.raw_);
    raw_ = {sizeof(godwit_option_table),
            sizeof(godwit_option),
            to_str(name),
            to_str(summary),
            raws_.data(),
            raws_.size()};
  }
  option_table(const option_table&) = delete;

  const godwit_option_table* raw() const { return &raw_; }
  /// The normalised object; throws failure naming every problem.
  value parse(value_view in) const {
    value out;
    if (host().options_parse(self(), &raw_, in.raw(), out.raw()) != GODWIT_OK)
      throw failure(std::string(out.view().text()));
    return out;
  }

 private:
  std::vector<option> keep_;
  std::vector<godwit_option> raws_;
  godwit_option_table raw_{};
};

inline option option::table(std::string_view name, const option_table& t) {
  option o(name, GODWIT_OPTION_TABLE);
  o.raw_.table = t.raw();
  return o;
}
inline option option::table_list(std::string_view name, const option_table& t) {
  option o(name, GODWIT_OPTION_TABLE_LIST);
  o.raw_.table = t.raw();
  return o;
}
inline option option::table_map(std::string_view name, const option_table& t,
                                std::initializer_list<std::string_view> keys) {
  option o(name, GODWIT_OPTION_TABLE_MAP);
  o.raw_.table = t.raw();
  return std::move(o).among(keys);
}

}  // namespace godwit::sdk
