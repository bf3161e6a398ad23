#include "spool/enumeration.hpp"

#include "log/log.hpp"
#include "spool/unreadable.hpp"

namespace godwit::spool {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto report_every = std::chrono::seconds(2);
constexpr std::size_t report_records = 100'000;

double seconds_since(clock::time_point t) { return std::chrono::duration<double>(clock::now() - t).count(); }

operation erase_of(const uuid& key, bool is_body) {
  return {.what = operation::kind::erase, .where = table::data, .is_body = is_body, .key = key};
}

}  // namespace

result<std::size_t> enumeration::run(const found& visit) {
  auto listed = list_all(visit);
  recent_.finish();
  return listed;
}

result<std::size_t> enumeration::list_all(const found& visit) {
  started_ = reported_ = clock::now();
  auto listed = store_.each_meta([&](const uuid& id, std::string_view record) {
    if (!recent_.contains(id)) list(id, record, visit);
    report_progress();
    return !must_stop_;
  });
  if (!listed) return listed.why();
  if (must_stop_) return fail("spool: closed during enumeration");
  if (damaged_ == 0) {
    if (auto swept = sweep(); !swept) return swept.why();
  }
  log::info("spool", "{} messages enumerated in {:.1f} s, {} damaged records kept", listed_, seconds_since(started_),
            damaged_);
  return listed_;
}

void enumeration::list(const uuid& id, std::string_view record, const found& visit) {
  auto decoded = mail::message::decode_meta(id, record);
  if (!decoded) {
    ++damaged_;
    count_unreadable();
    log::error("spool", "record {} is kept but cannot be read: {}", id.simple(), decoded.why().text);
    return;
  }
  mail::message_ref m = std::move(*decoded);
  // Counted before anybody owns it: its removal may follow at once.
  if (!m->shared_body_id.is_nil()) bodies_.count(m->shared_body_id);
  ++listed_;
  visit(std::move(m));
}

void enumeration::report_progress() {
  const bool is_milestone = listed_ > 0 && listed_ % report_records == 0;
  const auto now = clock::now();
  if (!is_milestone && now - reported_ < report_every) return;
  reported_ = now;
  log::info("spool", "{} messages enumerated so far, {:.0f} a second", listed_, listed_ / seconds_since(started_));
}

/// Frees what nothing refers to: bodies whose last message went while counts were incomplete, and data records whose
/// metadata a crash has prevented. Not called when a record was damaged: it may refer to any of them.
result<void> enumeration::sweep() {
  std::vector<operation> erases;
  for (const auto& body : bodies_.sweep()) erases.push_back(erase_of(body, true));
  const auto known = erases.size();
  result<void> failed;
  auto looked = store_.each_loose_body([&](const uuid& key) {
    if (recent_.contains(key) || !bodies_.is_lost(key)) return true;
    auto has_meta = store_.contains(table::meta, key);
    if (!has_meta) failed = has_meta.why();
    if (has_meta && !*has_meta) erases.push_back(erase_of(key, true));
    return has_meta.ok() && !must_stop_;
  });
  if (!failed) return failed;
  if (!looked) return looked;
  if (erases.size() > known) log::info("spool", "{} records without a message removed", erases.size() - known);
  // What has been stored again under the same id meanwhile stays.
  std::erase_if(erases, [&](const operation& op) { return recent_.contains(op.key); });
  if (!erases.empty()) committer_.discard(std::move(erases));
  return {};
}

}  // namespace godwit::spool
