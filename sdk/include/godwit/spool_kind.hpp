#pragma once
// Spool kinds: where define_spool { kind = NAME } keeps messages.
//
//   add_spool_kind("memory", "Keeps messages in memory.", [this](value_view data, value_view meta) {
//     return std::make_unique<memory_store>(data["path"].text());   // derived from spool_store
//   }, {.is_volatile = true});
//
// A function that throws fails with the exception's text.

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <godwit/registration.hpp>

namespace godwit::sdk {

using spool_key = std::array<std::uint8_t, 16>;
enum class spool_table : int32_t { data = GODWIT_SPOOL_DATA, meta = GODWIT_SPOOL_META };

/// Borrowed during commit.
struct spool_operation {
  bool is_put = false;  ///< else an erase
  spool_table table = spool_table::data;
  bool is_body = false, is_fresh = false;  ///< see GODWIT_SPOOL_IS_BODY, GODWIT_SPOOL_IS_FRESH
  spool_key key{};
  std::string_view head, tail;  ///< the value is both joined
};

/// commit and probe are called by one thread, all else by any thread at any time until close (the destructor).
class spool_store {
 public:
  /// Return false to stop.
  using visitor = std::function<bool(const spool_key&, std::string_view)>;
  using reader = std::function<void(std::string_view)>;

  virtual ~spool_store() = default;
  /// Returns the flushes it took. `is_synced`: survives a power cut, else a killed process.
  virtual std::uint64_t commit(const std::vector<spool_operation>& group, bool is_synced) = 0;
  /// False: there is no such record.
  virtual bool load(spool_table where, const spool_key& key, const reader& take) = 0;
  virtual bool contains(spool_table where, const spool_key& key) = 0;
  virtual void each_meta(const visitor& visit) = 0;
  virtual void each_loose_body(const visitor& visit) = 0;
  virtual void probe() {}
};

struct spool_kind_options {
  bool is_volatile = false;  ///< nothing survives the process
};

namespace detail {

using store_maker = std::function<std::unique_ptr<spool_store>(value_view, value_view)>;

template <class F>
godwit_status spool_step(godwit_value* why, F f) noexcept {
  try {
    return f() ? GODWIT_OK : GODWIT_NOT_FOUND;
  } catch (const std::exception& e) {
    host().value_set_text(why, to_str(e.what()));
  } catch (...) {
    host().value_set_text(why, to_str("unknown exception"));
  }
  return GODWIT_FAILED;
}

inline spool_key to_key(const std::uint8_t* bytes) {
  spool_key key;
  std::memcpy(key.data(), bytes, key.size());
  return key;
}

inline spool_store& store_of(void* store) { return *static_cast<spool_store*>(store); }

inline spool_operation to_operation(const char* at, std::uint64_t stride) {
  godwit_spool_operation raw{};
  std::memcpy(&raw, at, std::min<std::size_t>(stride, sizeof(raw)));
  return {raw.what == GODWIT_SPOOL_PUT,
          static_cast<spool_table>(raw.table),
          (raw.flags & GODWIT_SPOOL_IS_BODY) != 0,
          (raw.flags & GODWIT_SPOOL_IS_FRESH) != 0,
          to_key(raw.key),
          to_view(raw.head),
          to_view(raw.tail)};
}

inline godwit_status spool_commit(void* store, const godwit_spool_operation* group, std::uint64_t stride,
                                  std::uint64_t count, int32_t durability, std::uint64_t* flushes,
                                  godwit_value* why) {
  return spool_step(why, [&] {
    std::vector<spool_operation> all;
    all.reserve(count);
    const auto* at = reinterpret_cast<const char*>(group);
    for (std::uint64_t i = 0; i < count; ++i) all.push_back(to_operation(at + i * stride, stride));
    *flushes += store_of(store).commit(all, durability == GODWIT_SPOOL_SYNCED);
    return true;
  });
}

template <void (spool_store::*Each)(const spool_store::visitor&)>
godwit_status spool_each(void* store, godwit_spool_visitor visit, void* context, godwit_value* why) {
  return spool_step(why, [&] {
    (store_of(store).*Each)([&](const spool_key& key, std::string_view bytes) {
      return visit(context, key.data(), to_str(bytes)) != 0;
    });
    return true;
  });
}

inline void fill_spool_functions(godwit_spool_kind& raw) {
  raw.open = [](void* context, const godwit_value* data, const godwit_value* meta, void** store, godwit_value* why) {
    return spool_step(why, [&] {
      *store = (*static_cast<store_maker*>(context))(value_view(data), value_view(meta)).release();
      return true;
    });
  };
  raw.commit = spool_commit;
  raw.load = [](void* store, int32_t table, const std::uint8_t* key, godwit_spool_reader take, void* context,
                godwit_value* why) {
    return spool_step(why, [&] {
      return store_of(store).load(static_cast<spool_table>(table), to_key(key),
                                  [&](std::string_view bytes) { take(context, to_str(bytes)); });
    });
  };
  raw.contains = [](void* store, int32_t table, const std::uint8_t* key, godwit_value* why) {
    return spool_step(why, [&] { return store_of(store).contains(static_cast<spool_table>(table), to_key(key)); });
  };
  raw.each_meta = spool_each<&spool_store::each_meta>;
  raw.each_loose_body = spool_each<&spool_store::each_loose_body>;
  raw.probe = [](void* store, godwit_value* why) {
    return spool_step(why, [&] { return store_of(store).probe(), true; });
  };
  raw.close = [](void* store) { delete static_cast<spool_store*>(store); };
}

}  // namespace detail

/// `open(data, meta)` returns a std::unique_ptr<spool_store>; a value is null when another kind has that table. In
/// init().
template <class Open>
void add_spool_kind(std::string_view name, std::string_view summary, Open open, spool_kind_options o = {}) {
  const auto owned = std::make_shared<detail::store_maker>(std::move(open));
  detail::kept.push_back(owned);
  godwit_spool_kind raw{};
  raw.size = sizeof(raw);
  raw.name = to_str(name);
  raw.summary = to_str(summary);
  raw.flags = o.is_volatile ? GODWIT_SPOOL_VOLATILE : 0;
  raw.context = owned.get();
  detail::fill_spool_functions(raw);
  require(host().spool_kind_add(self(), &raw), "spool_kind_add");
}

}  // namespace godwit::sdk
