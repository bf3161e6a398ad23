#pragma once
// The module registry: every function, object type, method and constant that scripts can reach is declared
// here once, with its types. From the declaration come the argument checks and their error texts, the listing
// of `godwit lua-api`, and suspension: a function that returns rt::task<R> suspends only the script that
// calls it.
//
//   lua::module m("kumo.dns", "Name resolution.");
//   m.function("lookup_txt", {"domain", "resolver"}, "TXT records of a name; raises when it does not exist.",
//              [&](std::string domain, std::optional<std::string>) ->
//              rt::task<result<std::vector<std::string>>> {
//                co_return co_await resolver.lookup_txt(std::move(domain));   // see the trap below
//              });
//   registry.add("core", std::move(m));
//
// TRAP: a coroutine lambda with captures stays alive here (the registry keeps it as long as any VM may call
// it), but its parameters must be values: the compiler refuses references and views in a function that
// returns a task.
//
// Parameter types: bool, integers, double, std::string (also for numbers), std::string_view, duration, value,
// object, value::array, std::vector<T>, std::map<std::string, T>, std::optional<T> (may be left out or nil),
// mail::address (object or text), std::shared_ptr<T> and T& for declared object types, strict<T> (option
// table), rest (what remains), context& (not an argument: the call itself). Result types: the same, void,
// std::tuple<...> (several results), result<T> (an error raises), rt::task<any of these>, maybe<R>. A thrown
// std::exception raises with its text; a thrown rejection is kumo.reject.
//
// A shared object declares at run time: add_function(name, signature, summary, body), see erased_body.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"
#include "lua/any.hpp"
#include "lua/bound.hpp"
#include "lua/callable.hpp"
#include "lua/type_spec.hpp"

namespace godwit::lua {

/// Body of a function whose types are known at run time only. `args` have been checked against the signature:
/// one entry per declared parameter (null for an optional one that was left out), then the variadic ones.
/// Runs on the script's loop; a thrown std::exception raises.
using erased_body = std::function<maybe<std::vector<any>>(context&, std::vector<any> args)>;

/// One declared function or method.
struct function_decl {
  std::string name;       ///< "lookup_txt"
  std::string full_name;  ///< "kumo.dns.lookup_txt", "Message:id": for error texts
  std::string summary;
  std::string owner;  ///< set by registry::add
  lua::signature signature;
  std::shared_ptr<callable> body;
  /// A name the reference has and this shared object provides ("log_json"): replaced when that is loaded, and
  /// a call before that tries to load it. Empty for real functions.
  std::string provider;
};

struct constant_decl {
  std::string name;
  std::string summary;
  value content;
};

/// A field of objects: `address.domain`.
struct field_decl {
  std::string name;
  std::string summary;
  type_spec type;
  function_decl read;   ///< takes self
  function_decl write;  ///< takes self and the value; without body: read only
};

/// Methods, fields and metamethods of one object type, or additions to a type declared elsewhere.
struct type_body {
  const type_tag* tag = nullptr;
  std::string summary;
  bool is_extension = false;
  std::vector<function_decl> methods;
  std::vector<function_decl>
      metamethods;  ///< "__tostring", "__eq", "__add", "__close", …; not __gc, not __index
  std::vector<field_decl> fields;
  /// The object as plain data: in JSON, metadata and option tables. Null: no such thing.
  std::function<value(const std::shared_ptr<void>&)> to_value;
  bool is_like_table = false;  ///< its data's members can be indexed and iterated with pairs()
};

/// Typed face of a type_body for C++ types.
template <class T>
class type_builder {
 public:
  explicit type_builder(type_body& body) : body_(body) {}

  /// F takes self first: T&, const T& or std::shared_ptr<T> (the latter when it suspends).
  template <class F>
  type_builder& method(std::string name, std::vector<std::string> parameters, std::string summary, F f);
  template <class F>
  type_builder& meta(std::string name, F f);
  template <class F>
  type_builder& field(std::string name, std::string summary, F read);
  template <class F, class W>
  type_builder& field(std::string name, std::string summary, F read, W write);
  /// value(const T&): makes the object indexable by its members and iterable with pairs() like a table.
  template <class F>
  type_builder& like_table(F to_value);
  /// value(const T&): what the object is as data, without looking like a table.
  template <class F>
  type_builder& as_data(F to_value);

 private:
  type_body& body_;
};

/// A declaration in the making: what one module offers. Build it, then hand it to registry::add.
class module {
 public:
  /// `name` is what scripts `require`. "kumo.dns" is also the field dns of "kumo".
  module(std::string name, std::string summary) :name_(std::move(name)), summary_(std::move(summary)) {}

  template <class F>
  module& function(std::string name, std::vector<std::string> parameters, std::string summary, F f);
  module& add_function(std::string name, lua::signature signature, std::string summary, erased_body body);
  /// For the core: works on the Lua stack itself.
  module& raw_function(std::string name, lua::signature signature, std::string summary,
                       int (*body)(lua_State*));
  module& callable_function(std::string name, lua::signature signature, std::string summary,
                            std::shared_ptr<callable> body);
  /// A function that the shared object `provider` declares; until then a call says so.
  module& placeholder(std::string name, std::string provider, std::string summary);
  module& constant(std::string name, std::string summary, value content);

  template <class T>
  type_builder<T> type(std::string summary);
  /// More methods on a type that another module declared ("dkim" adds Message:dkim_sign).
  template <class T>
  type_builder<T> extend();

  // Run-time forms. `tag` must outlive the registry's use of it (keep it in the module's instance).
  type_body& add_type(const type_tag& tag, std::string summary);
  type_body& add_extension(const type_tag& tag);
  static void add_method(type_body& type, std::string name, lua::signature without_self, std::string summary,
                         erased_body body);  ///< args[0] is self
  static void add_metamethod(type_body& type, std::string name, lua::signature without_self,
                             erased_body body);
  static void add_field(type_body& type, std::string name, type_spec of, std::string summary,
                        erased_body read);

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::vector<function_decl>& functions() const { return functions_; }
  const std::vector<constant_decl>& constants() const { return constants_; }
  const std::vector<std::unique_ptr<type_body>>& types() const { return types_; }

 private:
  friend class registry;
  std::string name_, summary_;
  std::vector<function_decl> functions_;
  std::vector<constant_decl> constants_;
  std::vector<std::unique_ptr<type_body>> types_;
};

/// Everything declared, frozen: what a VM is made from and holds on to, so that a declaration lives as long
/// as a script may call it.
class catalogue;

/// Thread-safe. Declarations may come at any time; VMs made later see them (bump the epoch to renew all).
class registry {
 public:
  registry();
  ~registry();

  /// Publishes. Several owners may add to one module ("log_json" adds configure_local_logs to "kumo") and to
  /// one type. An error when a name is taken: it says by whom; nothing is published then.
  result<void> add(std::string owner, module m);
  /// In place of all that `owner` declared, for VMs made later; none meets both or neither. An error as from add(): nothing has
  /// changed then.
  result<void> replace_owner(std::string_view owner, std::vector<module> fresh);
  /// Withdraws what `owner` declared from VMs made later.
  void remove_owner(std::string_view owner) { (void)replace_owner(owner, {}); }

  /// Who is asked when a script requires a module that nobody declared, or calls a placeholder (then with the
  /// name of its provider): true when it has been loaded and added now. Called on a loop; may block shortly
  /// (dlopen).
  void set_loader(std::function<bool(std::string_view module_name)> loader);
  bool load(std::string_view module_name);

  std::shared_ptr<const catalogue> snapshot() const;
  /// The tag of a type by its name ("Message"): lets a shared object take and give objects of the core.
  const type_tag* find_type(std::string_view name) const;

  /// All declarations as data: [{kind, module, name, signature, suspends, summary, owner}, …] sorted.
  value describe() const;
  std::string describe_text() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace godwit::lua

#include "lua/registry_impl.hpp"
