#pragma once
// Ownership of GMime objects, and its one-time start. Included by sources of this library only.

#include <gmime/gmime.h>

#include <memory>

namespace godwit::mime {

struct gmime_unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using gmime_ref = std::unique_ptr<T, gmime_unref>;

/// Thread-safe; GMime's tables stay until the process ends.
inline void start_gmime() {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(started);
}

}  // namespace godwit::mime
