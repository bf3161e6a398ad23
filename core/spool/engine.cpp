#include "spool/engine.hpp"

#include <algorithm>

#include "log/log.hpp"
#include "spool/enumeration.hpp"
#include "spool/kind_registry.hpp"
#include "spool/store_plan.hpp"
#include "spool/unreadable.hpp"
#include "spool/whole_record.hpp"

namespace godwit::spool {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto hasten_every = std::chrono::milliseconds(200);

double seconds_since(clock::time_point t) { return std::chrono::duration<double>(clock::now() - t).count(); }

committer_limits limits_of(const rocks_options& data, const rocks_options& meta) {
  return {.store_deadline = std::min(data.store_deadline, meta.store_deadline),
          .stuck_after = std::min(data.error_latch_duration, meta.error_latch_duration),
          .longest_pause = std::min(data.error_unlatch_duration, meta.error_unlatch_duration),
          .may_recover = data.allow_error_unlatch && meta.allow_error_unlatch};
}

std::vector<free_space> places_of(const store_options& data, const store_options& meta) {
  std::vector<free_space> places;
  for (const auto* o : {&data, &meta}) {
    if (!has_directory(*o)) continue;
    places.emplace_back(o->name + " spool", o->path, o->min_free_space, o->min_free_inodes);
  }
  return places;
}

}  // namespace

engine::engine(std::unique_ptr<record_store> target, const store_options& data, const store_options& meta,
               rt::blocking_pool& pool)
    : store_(std::move(target)),
      pool_(pool),
      flush_(data.flush || meta.flush),
      committer_(*store_, bodies_, limits_of(data.rocks_params, meta.rocks_params)),
      watchdog_(committer_, *store_, places_of(data, meta)),
      removals_("spool-removals", hasten_every, [this] { committer_.hasten_removals(clock::now()); }),
      save_latency_(metrics::get_histogram("message_save_latency", "How long it takes to save a message to spool.")),
      data_latency_(metrics::get_histogram("message_data_load_latency",
                                           "How long it takes to load message data from spool.")),
      meta_latency_(metrics::get_histogram("message_meta_load_latency",
                                           "How long it takes to load message metadata from spool.")) {
  if (!flush_ && has_directory(meta)) log::warn("spool", "flush = false: acknowledged mail may be lost when the machine stops");
}

engine::~engine() { close(); }

rt::task<result<void>> engine::store(mail::message& m) {
  std::vector<mail::message*> one{&m};
  co_return co_await store_all(std::move(one));
}

rt::task<result<void>> engine::store_all(std::vector<mail::message*> messages) {
  const auto started = clock::now();
  store_plan plan(bodies_, recent_, committer_);
  auto r = plan.build(messages, flush_);
  if (!r) co_return r.why();
  if (*r) {
    auto handed_over = *r;  // temporaries and co_await: see committer::submit
    auto stored = co_await committer_.submit(std::move(handed_over));
    if (!stored) co_return stored.why();
  }
  plan.succeed();
  save_latency_->observe(seconds_since(started));
  co_return result<void>{};
}

void engine::remove(const mail::message& m) {
  if (m.is_spooled) committer_.remove(m.id, m.shared_body_id);
}

template <class F>
auto engine::read(F work) -> rt::task<std::invoke_result_t<F>> {
  const auto guarded = [this, &work]() -> std::invoke_result_t<F> {
    const std::shared_lock lock(readers_);
    if (is_closed_) return fail("spool: closed");
    auto outcome = work();
    if (!outcome) count_unreadable();
    return outcome;
  };
  co_return co_await pool_.run(guarded);
}

rt::task<result<mail::message_ref>> engine::load_meta(const uuid& id) {
  const auto started = clock::now();
  const auto work = [this, id] { return read_meta(id); };
  auto loaded = co_await read(work);
  meta_latency_->observe(seconds_since(started));
  co_return loaded;
}

rt::task<result<void>> engine::load_data(mail::message& m) {
  const auto started = clock::now();
  const auto work = [this, id = m.id, shared = m.shared_body_id] { return read_data(id, shared); };
  auto loaded = co_await read(work);
  if (!loaded) co_return loaded.why();
  m.content = std::move(*loaded);
  data_latency_->observe(seconds_since(started));
  co_return result<void>{};
}

rt::task<result<std::size_t>> engine::enumerate(std::function<void(mail::message_ref)> found) {
  const auto work = [this, &found] {
    return enumeration(*store_, bodies_, recent_, committer_, is_closed_).run(found);
  };
  co_return co_await read(work);
}

result<mail::message_ref> engine::read_meta(const uuid& id) {
  auto record = store_->load(table::meta, id);
  if (!record) return record.why();
  if (!*record) return fail("message {} is not in the spool", id.simple());
  auto m = mail::message::decode_meta(id, **record);
  if (!m) return m.why();
  return mail::message_ref(std::move(*m));
}

result<mail::content> engine::read_data(const uuid& id, const uuid& shared_body) {
  auto own = store_->load(table::data, id);
  if (!own) return own.why();
  mail::content c;
  const bool is_whole = shared_body.is_nil() || (*own && is_marked_whole(**own));
  if (is_whole && !*own) return fail("body {} is not in the spool", id.simple());
  if (is_whole) {
    c.base = mail::make_body(whole_message(std::move(**own)));
    return c;
  }
  auto base = read_body(shared_body);
  if (!base) return base.why();
  c.base = std::move(*base);
  if (*own) c.prefix = std::move(**own);
  return c;
}

/// One that is stored apart.
result<mail::body_ref> engine::read_body(const uuid& id) {
  if (auto body = bodies_.find_loaded(id)) return body;
  auto bytes = store_->load(table::data, id);
  if (!bytes) return bytes.why();
  if (!*bytes) return fail("body {} is not in the spool", id.simple());
  auto body = mail::make_body(std::move(**bytes), id);
  bodies_.remember_loaded(body);
  return body;
}

health engine::state() const { return is_closed_ ? health::unhealthy : watchdog_.state(); }

std::string engine::state_reason() const {
  switch (state()) {
    case health::starting: return "waiting for spool startup";
    case health::disk_full: return "disk is too full";
    case health::unhealthy: return "the spool is not accepting writes";
    case health::good: break;
  }
  return "";
}

void engine::close() {
  if (is_closed_.exchange(true)) return;
  removals_.stop();
  watchdog_.stop();
  committer_.close();
  const std::unique_lock lock(readers_);
  store_->close();
}

result<std::unique_ptr<spool>> open(const std::vector<store_options>& stores, rt::blocking_pool& pool) {
  const auto named = [&](std::string_view name) {
    return std::find_if(stores.begin(), stores.end(), [&](const auto& o) { return o.name == name; });
  };
  for (const auto* name : {"data", "meta"}) {
    if (named(name) == stores.end()) return fail("spool: no store named \"{}\" is defined: define_spool it", name);
  }
  const auto &data = *named("data"), &meta = *named("meta");
  auto target = open_store(data, meta);
  if (!target) return target.why();
  return std::unique_ptr<spool>(std::make_unique<engine>(std::move(*target), data, meta, pool));
}

}  // namespace godwit::spool
