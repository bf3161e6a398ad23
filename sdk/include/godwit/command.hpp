#pragma once
// Console commands. Registered in init(), gone with the module.
//
//   command("greylist show").domain("domain").optional().switched("all")
//       .does("Triplets that wait.", [this](command_call& c) {
//         table_answer t({"Domain", "Triplets"});
//         t.row(c["domain"].text(), 17);
//         return t.take();
//       });
//
// The handler runs on the first loop; what it returns is the answer: a text, an array (one line an element), an object
// (a record), or a table. It may defer like any call. A throw is what the operator reads.

#include <initializer_list>
#include <string>
#include <vector>

#include <godwit/registration.hpp>

namespace godwit::sdk {

enum class role { reader = GODWIT_ROLE_READER, mail_operator = GODWIT_ROLE_OPERATOR, admin = GODWIT_ROLE_ADMIN };

/// A call of a command's handler.
class command_call : public call {
 public:
  using call::call;
  /// A word that was given; null when it was left out. A switch is true.
  value_view operator[](std::string_view word) const { return argument(0)[word]; }
  std::string_view user() const { return argument(1)["user"].text(); }
  std::string_view role_name() const { return argument(1)["role"].text(); }
};

/// A table in the making.
class table_answer {
 public:
  table_answer(std::initializer_list<std::string_view> columns) : whole_(value::object()), rows_(nullptr) {
    auto titles = whole_.member("columns");
    titles.make_array();
    for (const auto title : columns) titles.push(title);
    rows_ = whole_.member("rows");
    rows_.make_array();
  }
  template <class... Cells>
  table_answer& row(const Cells&... cells) {
    auto one = rows_.push();
    one.make_array();
    (one.push(cells), ...);
    return *this;
  }
  value take() { return std::move(whole_); }

 private:
  value whole_;
  value_ref rows_;
};

/// A command in the making; does() publishes it.
class command {
 public:
  explicit command(std::string_view name) {
    raw_.size = sizeof(raw_);
    raw_.name = to_str(name);
    raw_.role = GODWIT_ROLE_READER;
  }

  command& text(std::string_view name) { return add(name, GODWIT_WORD_TEXT); }
  command& integer(std::string_view name) { return add(name, GODWIT_WORD_INTEGER); }
  command& duration(std::string_view name) { return add(name, GODWIT_WORD_DURATION); }
  command& boolean(std::string_view name) { return add(name, GODWIT_WORD_BOOLEAN); }
  command& queue(std::string_view name) { return add(name, GODWIT_WORD_QUEUE); }
  command& domain(std::string_view name) { return add(name, GODWIT_WORD_DOMAIN); }
  command& module(std::string_view name) { return add(name, GODWIT_WORD_MODULE); }
  command& rest(std::string_view name) { return add(name, GODWIT_WORD_REST); }
  command& choice(std::string_view name, std::initializer_list<std::string_view> of) {
    auto& all = choices_.emplace_back(std::make_unique<std::vector<godwit_str>>());
    for (const auto one : of) all->push_back(to_str(one));
    add(name, GODWIT_WORD_CHOICE);
    words_.back().choices = all->data();
    words_.back().choice_count = all->size();
    return *this;
  }
  /// "--name": true when given.
  command& switched(std::string_view name) { return add(name, GODWIT_WORD_BOOLEAN, GODWIT_WORD_SWITCH); }

  // Of the word declared last.
  command& optional() { return mark(GODWIT_WORD_OPTIONAL); }
  command& option() { return mark(GODWIT_WORD_OPTION); }  ///< "--name VALUE" instead of a place in the line
  command& means(std::string_view meaning) {
    words_.back().meaning = to_str(meaning);
    return *this;
  }

  command& needs(sdk::role least) {
    raw_.role = static_cast<int32_t>(least);
    return *this;
  }
  template <class F>
  void does(std::string_view summary, F handler) {
    raw_.summary = to_str(summary);
    raw_.word_size = sizeof(godwit_word);
    raw_.words = words_.data();
    raw_.word_count = words_.size();
    raw_.handler = enter;
    raw_.context = detail::keep(detail::answered([f = std::move(handler)](call& c) { return f(static_cast<command_call&>(c)); }));
    require(host().command_add(self(), &raw_), "command_add");
  }

 private:
  /// The handle is a command_call: it has no state of its own.
  static godwit_status enter(void* context, godwit_call* raw) noexcept {
    command_call c(raw);
    return detail::enter_with(context, c);
  }
  command& add(std::string_view name, int32_t type, std::uint32_t flags = 0) {
    godwit_word w{};
    w.name = to_str(name);
    w.type = type;
    w.flags = flags;
    words_.push_back(w);
    return *this;
  }
  command& mark(std::uint32_t flag) {
    words_.back().flags |= flag;
    return *this;
  }

  godwit_command raw_{};
  std::vector<godwit_word> words_;
  std::vector<std::unique_ptr<std::vector<godwit_str>>> choices_;
};

}  // namespace godwit::sdk
