#pragma once
// Hooks, Lua functions and methods, object types, log sinks. Registered in init(), gone with the module.
//
//   on("smtp_server_rcpt_to", [this](call& c) -> verdict { … }, {.priority = -10});
//   function("kumo.dkim", "rsa_sha256_signer").options("params", signer_table).returns("DkimSigner")
//       .does("Signer with RSA-SHA256.", [](call& c) { c.answer_object("DkimSigner",
//       make_signer(c.argument(0))); });
//   method("Message", "dkim_sign").object("signer", "DkimSigner").needs_data()
//       .does("Prepends a DKIM-Signature.", [](call& c) { sign(c.message(0), c.object<signer>(1)); });
//
// A handler that throws fails its call: a temporary failure for a hook, an error for a script. What it
// returns is the answer: a verdict, a sdk::value, anything a value can be made of, or nothing.

#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include <godwit/call.hpp>
#include <godwit/options.hpp>

namespace godwit::sdk {

namespace detail {

using handler_function = std::function<void(call&)>;
/// Handlers live until the module is destroyed; the host knows them by address.
inline std::vector<std::shared_ptr<void>> kept;

inline handler_function* keep(handler_function f) {
  auto owned = std::make_shared<handler_function>(std::move(f));
  kept.push_back(owned);
  return owned.get();
}

/// The one place where exceptions of handlers end.
inline godwit_status enter_with(void* context, call& c) noexcept {
  try {
    (*static_cast<handler_function*>(context))(c);
    return GODWIT_OK;
  } catch (const std::exception& e) {
    c.fail(e.what());
  } catch (...) {
    c.fail("unknown exception");
  }
  return GODWIT_FAILED;
}

inline godwit_status enter(void* context, godwit_call* raw) noexcept {
  call c(raw);
  return enter_with(context, c);
}

template <class F>
handler_function answered(F f) {
  return [f = std::move(f)](call& c) {
    using result = std::invoke_result_t<const F&, call&>;
    if constexpr (std::is_void_v<result>) {
      f(c);
    } else if constexpr (std::is_same_v<result, verdict> || std::is_same_v<result, value>) {
      c.answer(f(c));
    } else {
      c.answer(value(f(c)));
    }
  };
}

}  // namespace detail

struct hook_options {
  int priority = 0;                     ///< lower runs earlier
  std::chrono::nanoseconds timeout{0};  ///< 0: five minutes
  bool needs_data = false;              ///< load the message's data first
};

template <class F>
void on(std::string_view event, F handler, hook_options o = {}) {
  godwit_hook hook{};
  hook.size = sizeof(hook);
  hook.event = to_str(event);
  hook.priority = o.priority;
  hook.timeout_ns = static_cast<std::uint64_t>(o.timeout.count());
  hook.flags = o.needs_data ? GODWIT_NEEDS_DATA : 0;
  hook.handler = detail::enter;
  hook.context = detail::keep(detail::answered(std::move(handler)));
  require(host().hook_add(self(), &hook), "hook_add");
}

/// A function or method in the making; does() publishes it.
class function_builder {
 public:
  function_builder(std::string_view module, std::string_view object, std::string_view name) {
    raw_.size = sizeof(raw_);
    raw_.module = to_str(module);
    raw_.object = to_str(object);
    raw_.name = to_str(name);
  }

  function_builder& any(std::string_view name) { return add(name, GODWIT_PARAMETER_ANY); }
  function_builder& boolean(std::string_view name) { return add(name, GODWIT_PARAMETER_BOOLEAN); }
  function_builder& integer(std::string_view name) { return add(name, GODWIT_PARAMETER_INTEGER); }
  function_builder& number(std::string_view name) { return add(name, GODWIT_PARAMETER_NUMBER); }
  function_builder& text(std::string_view name) { return add(name, GODWIT_PARAMETER_TEXT); }
  function_builder& table(std::string_view name) { return add(name, GODWIT_PARAMETER_TABLE); }
  function_builder& duration(std::string_view name) { return add(name, GODWIT_PARAMETER_DURATION); }
  function_builder& message(std::string_view name) { return add(name, GODWIT_PARAMETER_MESSAGE); }
  function_builder& connection(std::string_view name) { return add(name, GODWIT_PARAMETER_CONNECTION); }
  function_builder& object(std::string_view name, std::string_view type) {
    add(name, GODWIT_PARAMETER_OBJECT);
    parameters_.back().object = to_str(type);
    return *this;
  }
  function_builder& options(std::string_view name, const option_table& t) {
    add(name, GODWIT_PARAMETER_OPTIONS);
    parameters_.back().table = t.raw();
    return *this;
  }
  /// The parameter declared last may be left out or nil.
  function_builder& optional() {
    parameters_.back().flags |= GODWIT_PARAMETER_OPTIONAL;
    return *this;
  }
  /// Stands for all remaining arguments, of any type; the last parameter. See call::size().
  function_builder& rest(std::string_view name) {
    add(name, GODWIT_PARAMETER_ANY);
    parameters_.back().flags |= GODWIT_PARAMETER_REST;
    return *this;
  }
  function_builder& returns(std::string_view type) {
    raw_.returns = to_str(type);
    return *this;
  }
  function_builder& needs_data() {
    raw_.flags |= GODWIT_NEEDS_DATA;
    return *this;
  }
  function_builder& suspends() {
    raw_.flags |= GODWIT_SUSPENDS;
    return *this;
  }
  template <class F>
  void does(std::string_view summary, F handler) {
    raw_.summary = to_str(summary);
    raw_.parameter_size = sizeof(godwit_parameter);
    raw_.parameters = parameters_.data();
    raw_.parameter_count = parameters_.size();
    raw_.handler = detail::enter;
    raw_.context = detail::keep(detail::answered(std::move(handler)));
    require(host().function_add(self(), &raw_), "function_add");
  }

 private:
  function_builder& add(std::string_view name, int32_t type) {
    godwit_parameter p{};
    p.name = to_str(name);
    p.type = type;
    parameters_.push_back(p);
    return *this;
  }
  godwit_function raw_{};
  std::vector<godwit_parameter> parameters_;
};

inline function_builder function(std::string_view module, std::string_view name) {
  return {module, {}, name};
}
/// `object`: "Message", or a type of this module. Argument 0 is the object itself.
inline function_builder method(std::string_view object, std::string_view name) { return {{}, object, name}; }

/// Objects of T may be given to scripts with call::answer_object; they are shared between loops: constant, or
/// locked.
template <class T>
void object_type(std::string_view name, std::string_view summary) {
  godwit_object_type type{};
  type.size = sizeof(type);
  type.name = to_str(name);
  type.summary = to_str(summary);
  type.destroy = [](void* object) { delete static_cast<T*>(object); };
  require(host().object_type_add(self(), &type), "object_type_add");
}

}  // namespace godwit::sdk
