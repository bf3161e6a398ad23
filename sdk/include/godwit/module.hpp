#pragma once
// What a module is: a class, and one entry macro.
//
//   class greylist : public godwit::sdk::module {
//    public:
//     static const option_table& settings();              // optional: the keys of [modules.greylist]
//     explicit greylist(value_view settings);              // configure
//     void init() override;                                // register hooks, functions, sinks
//   };
//   GODWIT_MODULE(greylist, "greylist", "1.0", "Defers unknown triplets once.")
//
// Exceptions end here: a life-cycle function that throws fails with the exception's text.

#include <concepts>
#include <memory>

#include <godwit/async.hpp>
#include <godwit/command.hpp>
#include <godwit/delivery_agent.hpp>
#include <godwit/diagnostics.hpp>
#include <godwit/http.hpp>
#include <godwit/log_record.hpp>
#include <godwit/metrics.hpp>
#include <godwit/registration.hpp>
#include <godwit/spool_kind.hpp>

namespace godwit::sdk {

/// The life cycle after configuration (the constructor) and before destruction.
class module {
 public:
  virtual ~module() = default;
  virtual void init() {}
  virtual void start() {}
  virtual void drain() {}
  virtual void stop() {}
};

namespace detail {

template <class F>
godwit_status phase(F f) noexcept {
  try {
    f();
    return GODWIT_OK;
  } catch (const std::exception& e) {
    host().instance_fail(self(), to_str(e.what()));
  } catch (...) {
    host().instance_fail(self(), to_str("unknown exception"));
  }
  return GODWIT_FAILED;
}

template <class T>
const godwit_option_table* settings_of() {
  if constexpr (requires {
                  { T::settings() } -> std::convertible_to<const option_table&>;
                }) {
    return T::settings().raw();
  } else {
    return nullptr;
  }
}

template <class T>
std::unique_ptr<module> make(value_view settings) {
  if constexpr (std::constructible_from<T, value_view>) {
    return std::make_unique<T>(settings);
  } else {
    return std::make_unique<T>();
  }
}

inline godwit_status bind(const godwit_host* table, godwit_instance* self) {
  bound = {table, self};
  return GODWIT_OK;
}

template <class T>
godwit_status configure(const godwit_host* table, godwit_instance* self, const godwit_value* settings,
                        void** state) {
  bind(table, self);
  return phase([&] { *state = make<T>(value_view(settings)).release(); });
}

template <void (module::*Step)()>
godwit_status step(void* state) {
  return phase([&] { (static_cast<module*>(state)->*Step)(); });
}

inline void destroy(void* state) {
  phase([&] { delete static_cast<module*>(state); });
  kept.clear();
}

template <class T>
const godwit_module_descriptor* describe(std::string_view name, std::string_view version,
                                         std::string_view summary) noexcept {
  try {
    static const godwit_module_descriptor descriptor{sizeof(godwit_module_descriptor),
                                                     GODWIT_ABI_MAJOR,
                                                     GODWIT_ABI_MINOR,
                                                     to_str(name),
                                                     to_str(version),
                                                     to_str(summary),
                                                     settings_of<T>(),
                                                     bind,
                                                     configure<T>,
                                                     step<&module::init>,
                                                     step<&module::start>,
                                                     step<&module::drain>,
                                                     step<&module::stop>,
                                                     destroy};
    return &descriptor;
  } catch (...) {
    return nullptr;  // the loader refuses the module
  }
}

}  // namespace detail
}  // namespace godwit::sdk

/// Texts are literals.
#define GODWIT_MODULE(type, name, version, summary)                                                       \
  extern "C" __attribute__((visibility("default"))) const godwit_module_descriptor* godwit_module(void) { \
    return ::godwit::sdk::detail::describe<type>(name, version, summary);                                 \
  }
