#include "module/spool_store.hpp"

#include <cstring>

#include "log/log.hpp"
#include "module/host_table.hpp"
#include "spool/kind_registry.hpp"

namespace godwit::module {

namespace {

using spool::operation;
using spool::table;

std::int32_t table_of(table t) { return t == table::data ? GODWIT_SPOOL_DATA : GODWIT_SPOOL_META; }

godwit_spool_operation operation_of(const operation& op) {
  godwit_spool_operation out{};
  out.what = op.what == operation::kind::put ? GODWIT_SPOOL_PUT : GODWIT_SPOOL_ERASE;
  out.table = table_of(op.where);
  if (op.is_body) out.flags |= GODWIT_SPOOL_IS_BODY;
  if (op.is_fresh) out.flags |= GODWIT_SPOOL_IS_FRESH;
  std::memcpy(out.key, op.key.bytes.data(), sizeof(out.key));
  out.head = str(op.head);
  out.tail = str(op.tail);
  return out;
}

const std::uint8_t* bytes_of(const uuid& key) { return key.bytes.data(); }

uuid key_from(const std::uint8_t* bytes) {
  uuid key;
  std::memcpy(key.bytes.data(), bytes, key.bytes.size());
  return key;
}

std::optional<value> options_of(const spool::store_options* o) {
  if (o == nullptr) return std::nullopt;
  return value(spool::store_option_table().render(*o));
}

const godwit_value* handle_of(const std::optional<value>& v) { return v ? to_handle(&*v) : nullptr; }

}  // namespace

spool_store::spool_store(std::shared_ptr<godwit_instance> owner, const godwit_spool_kind& kind, std::string name)
    : owner_(std::move(owner)), use_(std::in_place, owner_), functions_(kind), name_(std::move(name)) {
  owner_->open_stores.fetch_add(1);
}

template <class F>
result<godwit_status> spool_store::ask(std::string_view what, F f) const {
  value why;
  std::string text = "it threw across the boundary";
  try {
    const godwit_status status = f(to_handle(&why));
    if (status == GODWIT_OK || status == GODWIT_NOT_FOUND) return status;
    const auto* given = why.as_string();
    text = given != nullptr ? *given : fmt::format("status {}", status);
  } catch (const std::exception& e) {
    text += fmt::format(": {}", e.what());
  } catch (...) {
  }
  return fail("spool: {}: {}: {}", name_, what, text);
}

result<std::unique_ptr<spool::record_store>> spool_store::open(std::shared_ptr<godwit_instance> owner,
                                                               const godwit_spool_kind& kind,
                                                               const spool::store_options* data,
                                                               const spool::store_options* meta) {
  const auto& name = data != nullptr ? *data : *meta;
  std::unique_ptr<spool_store> made(new spool_store(std::move(owner), kind, std::string(name.kind.name)));
  if (!*made->use_) return fail("spool: {}: its module is being unloaded", made->name_);
  const auto data_options = options_of(data), meta_options = options_of(meta);
  const auto opened = made->ask("open", [&](godwit_value* why) {
    return kind.open(kind.context, handle_of(data_options), handle_of(meta_options), &made->store_, why);
  });
  if (!opened) return opened.why();
  return std::unique_ptr<spool::record_store>(std::move(made));
}

result<void> spool_store::commit(std::span<const operation> group, spool::durability wanted, std::uint64_t& flushes) {
  group_.clear();
  for (const auto& op : group) group_.push_back(operation_of(op));
  const auto durability = wanted == spool::durability::synced ? GODWIT_SPOOL_SYNCED : GODWIT_SPOOL_BUFFERED;
  const auto done = ask("commit", [&](godwit_value* why) {
    return functions_.commit(store_, group_.data(), sizeof(godwit_spool_operation), group_.size(), durability, &flushes, why);
  });
  return done ? result<void>() : done.why();
}

result<std::optional<std::string>> spool_store::load(table where, const uuid& key) {
  std::string bytes;
  const auto keep = [](void* context, godwit_str found) { static_cast<std::string*>(context)->assign(view(found)); };
  const auto done = ask("load", [&](godwit_value* why) {
    return functions_.load(store_, table_of(where), bytes_of(key), keep, &bytes, why);
  });
  if (!done) return done.why();
  return *done == GODWIT_OK ? std::optional(std::move(bytes)) : std::nullopt;
}

result<bool> spool_store::contains(table where, const uuid& key) {
  const auto done = ask("look-up", [&](godwit_value* why) {
    return functions_.contains(store_, table_of(where), bytes_of(key), why);
  });
  if (!done) return done.why();
  return *done == GODWIT_OK;
}

result<void> spool_store::each_meta(const record_visitor& visit) {
  const auto forward = [](void* context, const std::uint8_t* key, godwit_str bytes) -> std::int32_t {
    return (*static_cast<const record_visitor*>(context))(key_from(key), view(bytes)) ? 1 : 0;
  };
  const auto done = ask("enumeration", [&](godwit_value* why) {
    return functions_.each_meta(store_, forward, const_cast<record_visitor*>(&visit), why);
  });
  return done ? result<void>() : done.why();
}

result<void> spool_store::each_loose_body(const key_visitor& visit) {
  const auto forward = [](void* context, const std::uint8_t* key, godwit_str) -> std::int32_t {
    return (*static_cast<const key_visitor*>(context))(key_from(key)) ? 1 : 0;
  };
  const auto done = ask("enumeration of bodies", [&](godwit_value* why) {
    return functions_.each_loose_body(store_, forward, const_cast<key_visitor*>(&visit), why);
  });
  return done ? result<void>() : done.why();
}

result<void> spool_store::probe() {
  const auto done = ask("probe", [&](godwit_value* why) { return functions_.probe(store_, why); });
  return done ? result<void>() : done.why();
}

void spool_store::close() {
  if (!owner_) return;
  if (auto* store = std::exchange(store_, nullptr)) {
    const auto done = ask("close", [&](godwit_value*) {
      functions_.close(store);
      return godwit_status{GODWIT_OK};
    });
    if (!done) log::error("module", "{}", done.why().text);
  }
  owner_->open_stores.fetch_sub(1);
  use_.reset();
  owner_.reset();
}

result<void> declare_spool_kind(const std::shared_ptr<godwit_instance>& owner, const godwit_spool_kind& k) {
  const bool is_complete = k.open != nullptr && k.commit != nullptr && k.load != nullptr && k.contains != nullptr &&
                           k.each_meta != nullptr && k.each_loose_body != nullptr && k.probe != nullptr && k.close != nullptr;
  if (!is_complete) return fail("spool kind \"{}\": a function is missing", view(k.name));
  spool::provided_kind kind{std::string(view(k.name)), owner->id.name, (k.flags & GODWIT_SPOOL_VOLATILE) != 0, {}};
  kind.open = [owner, k](const spool::store_options* data, const spool::store_options* meta) {
    return spool_store::open(owner, k, data, meta);
  };
  return spool::add_kind(std::move(kind));
}

namespace {

godwit_status spool_kind_add(godwit_instance* self, const godwit_spool_kind* k) {
  if (self->phase != phase::configured) return GODWIT_WRONG_PHASE;
  if (k->size < sizeof(godwit_spool_kind)) return GODWIT_INVALID;
  const auto declared = declare_spool_kind(self->shared_from_this(), *k);
  if (declared) return GODWIT_OK;
  self->failure = declared.why().text;
  log::error("module", "{}: {}", self->id.name, declared.why().text);
  return GODWIT_INVALID;
}

}  // namespace

void fill_spool_slots(godwit_host& h) { h.spool_kind_add = spool_kind_add; }

}  // namespace godwit::module
