// Declarations whose types are known at run time: raw functions of the core, and everything of a shared
// object.
#include <stdexcept>

#include "base/internal_error.hpp"
#include "lua/registry.hpp"
#include "lua/vm.hpp"

namespace godwit::lua {

namespace {

class raw_callable final : public callable {
 public:
  explicit raw_callable(int (*body)(lua_State*)) : body_(body) {}
  int call(context& c) override { return body_(c.state); }

 private:
  int (*body_)(lua_State*);
};

/// Checks the arguments against the signature, then calls the erased body.
class erased_callable final : public callable {
 public:
  erased_callable(erased_body body, const type_tag* self) : body_(std::move(body)), self_(self) {}

  int call(context& c) override {
    stack::cursor at{c};
    std::vector<any> args;
    if (self_) {
      at.argument = 0;
      args.emplace_back(object_ref{self_, stack::read_pointer(at, *self_)});
      detail::advance(at);
    }
    for (const auto& p : c.function.signature.parameters) {
      if (p.is_variadic) break;
      args.push_back(stack::read_spec(at, p.type));
      detail::advance(at);
    }
    if (const auto& all = c.function.signature.parameters; !all.empty() && all.back().is_variadic) {
      for (const int last = stack::count(c.state); at.index <= last; detail::advance(at)) {
        args.push_back(stack::read_spec(at, all.back().type));
      }
    }
    return detail::finish(c, body_(c, std::move(args)));
  }

 private:
  erased_body body_;
  const type_tag* self_;
};

/// Tries to load the shared object that has the real function, then calls that.
class placeholder_callable final : public callable {
 public:
  placeholder_callable(std::string module, std::string provider)
      : module_(std::move(module)), provider_(std::move(provider)) {}

  int call(context& c) override {
    if (!is_real(c.vm.find_function(module_, c.function.name))) c.vm.load_declarations(provider_);
    const auto* real = c.vm.find_function(module_, c.function.name);
    if (!is_real(real)) {
      throw std::runtime_error(
          fmt::format("{} is provided by the module {}: enable it with [modules.{}] enabled = true",
                      c.function.full_name, provider_, provider_));
    }
    context inner{c.state, c.vm, *real};
    return real->body->call(inner);
  }

 private:
  static bool is_real(const function_decl* f) { return f && f->provider.empty(); }
  std::string module_, provider_;
};

function_decl declare(std::string full_name, std::string name, signature s, std::string summary,
                      std::shared_ptr<callable> body) {
  function_decl d;
  d.name = std::move(name);
  d.full_name = std::move(full_name);
  d.summary = std::move(summary);
  d.signature = std::move(s);
  d.body = std::move(body);
  return d;
}

}  // namespace

module& module::add_function(std::string name, lua::signature s, std::string summary, erased_body body) {
  return callable_function(std::move(name), std::move(s), std::move(summary),
                           std::make_shared<erased_callable>(std::move(body), nullptr));
}

module& module::raw_function(std::string name, lua::signature s, std::string summary,
                             int (*body)(lua_State*)) {
  return callable_function(std::move(name), std::move(s), std::move(summary),
                           std::make_shared<raw_callable>(body));
}

module& module::callable_function(std::string name, lua::signature s, std::string summary,
                                  std::shared_ptr<callable> body) {
  auto full = name_ + "." + name;
  functions_.push_back(
      declare(std::move(full), std::move(name), std::move(s), std::move(summary), std::move(body)));
  return *this;
}

module& module::placeholder(std::string name, std::string provider, std::string summary) {
  auto body = std::make_shared<placeholder_callable>(name_, provider);
  auto full = name_ + "." + name;
  functions_.push_back(declare(std::move(full), std::move(name), {}, std::move(summary), std::move(body)));
  functions_.back().provider = std::move(provider);
  return *this;
}

module& module::constant(std::string name, std::string summary, value content) {
  constants_.push_back({std::move(name), std::move(summary), std::move(content)});
  return *this;
}

type_body& module::add_type(const type_tag& tag, std::string summary) {
  types_.push_back(std::make_unique<type_body>());
  types_.back()->tag = &tag;
  types_.back()->summary = std::move(summary);
  return *types_.back();
}

type_body& module::add_extension(const type_tag& tag) {
  auto& t = add_type(tag, "");
  t.is_extension = true;
  return t;
}

void module::add_method(type_body& t, std::string name, lua::signature s, std::string summary,
                        erased_body body) {
  auto full = t.tag->name + ":" + name;
  t.methods.push_back(declare(std::move(full), std::move(name), std::move(s), std::move(summary),
                              std::make_shared<erased_callable>(std::move(body), t.tag)));
}

void module::add_metamethod(type_body& t, std::string name, lua::signature s, erased_body body) {
  auto full = t.tag->name + "." + name;
  t.metamethods.push_back(declare(std::move(full), std::move(name), std::move(s), "",
                                  std::make_shared<erased_callable>(std::move(body), t.tag)));
}

void module::add_field(type_body& t, std::string name, type_spec of, std::string summary, erased_body read) {
  field_decl d;
  d.read = declare(t.tag->name + "." + name, name, {}, "",
                   std::make_shared<erased_callable>(std::move(read), t.tag));
  d.name = std::move(name);
  d.type = std::move(of);
  d.summary = std::move(summary);
  t.fields.push_back(std::move(d));
}

namespace detail {

signature name_parameters(std::vector<std::string> names, std::vector<parameter> types,
                          std::string_view function) {
  if (names.size() != types.size()) {
    on_internal_error(
        fmt::format("{} names {} parameters but takes {}", function, names.size(), types.size()));
  }
  for (std::size_t i = 0; i < types.size(); ++i) types[i].name = std::move(names[i]);
  signature s;
  s.parameters = std::move(types);
  return s;
}

}  // namespace detail

// mail::address crosses as an object that also may be given as text.

type_spec binding<mail::address>::spec() {
  type_spec s = type_spec::object_of(tag_of<mail::address>());
  s.note = tag_of<mail::address>().name + " or string";
  return s;
}

mail::address binding<mail::address>::read(stack::cursor& c) {
  if (const auto* p = stack::test_pointer(c.call.state, c.index, tag_of<mail::address>())) {
    detail::advance(c);
    return *static_cast<const mail::address*>(p->get());
  }
  if (stack::type_name_at(c.call.state, c.index) != "string") stack::bad_argument(c, spec().text());
  auto parsed = mail::address::parse(stack::read_string(c));
  if (!parsed) stack::bad_argument_text(c, parsed.why().text);
  detail::advance(c);
  return std::move(*parsed);
}

void binding<mail::address>::push(lua_State* L, const mail::address& a) {
  stack::push_pointer(L, tag_of<mail::address>(), std::make_shared<mail::address>(a));
}

}  // namespace godwit::lua
