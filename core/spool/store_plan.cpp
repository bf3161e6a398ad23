#include "spool/store_plan.hpp"

#include <algorithm>
#include <unordered_map>

#include "spool/committer.hpp"
#include "spool/whole_record.hpp"

namespace godwit::spool {

namespace {

/// What goes in front of its bytes when it has them for itself (whole_record.hpp).
std::string mark_of(const mail::message& m) {
  const auto& c = m.content;
  const auto start = c.prefix.substr(0, whole_mark.size()) + c.base->bytes.substr(0, whole_mark.size());
  return std::string(!m.shared_body_id.is_nil() || is_marked_whole(start) ? whole_mark : "");
}

/// Bodies that more than one of these messages bring to disk.
std::unordered_map<const mail::body*, int> count_bodies(const std::vector<mail::message*>& messages) {
  std::unordered_map<const mail::body*, int> uses;
  if (messages.size() < 2) return uses;
  for (const auto* m : messages) {
    if (m->data_dirty) ++uses[m->content.base.get()];
  }
  return uses;
}

}  // namespace

store_plan::~store_plan() {
  if (is_done_) return;
  for (const auto& s : steps_) s.message->shared_body_id = s.previous_body;
  for (const auto& id : created_) bodies_.forget(id);
  for (const auto& id : acquired_) committer_.remove({}, id);
}

result<request_ref> store_plan::build(const std::vector<mail::message*>& messages, bool wants_sync) {
  request_ = std::make_shared<request>(messages.size());
  request_->wants_sync = wants_sync;
  const auto uses = count_bodies(messages);
  for (auto* m : messages) {
    if (m->data_dirty && !m->content.is_loaded()) return fail("spool: message {} has no body to store", m->id.simple());
    if (m->is_spooled && !m->data_dirty && !m->meta_dirty) continue;
    steps_.push_back({m, m->shared_body_id});
    recent_.note(m->id);
    const auto use = uses.find(m->content.base.get());
    if (m->data_dirty) add_data(*m, use != uses.end() && use->second > 1);
    const bool has_moved = m->shared_body_id != steps_.back().previous_body;
    if (m->meta_dirty || has_moved || !m->is_spooled) add_meta(*m);
    request_->wants_sync |= m->force_sync;
  }
  return request_->empty() ? request_ref{} : request_;
}

void store_plan::add_data(mail::message& m, bool is_shared) {
  const auto& base = m.content.base;
  if (!refer_to_body(m, is_shared)) {
    request_->put(m.id, !m.is_spooled, mark_of(m) + m.content.prefix, base);
    m.shared_body_id = {};
    return;
  }
  m.shared_body_id = base->id;
  if (!m.content.prefix.empty()) {
    request_->put(table::data, m.id, !m.is_spooled, m.content.prefix);
  } else if (m.is_spooled) {
    request_->erase(table::data, m.id);
  }
}

void store_plan::add_meta(mail::message& m) { request_->put(table::meta, m.id, !m.is_spooled, m.encode_meta()); }

/// True: the body is, or will be with this request, a record apart to which this message refers.
bool store_plan::refer_to_body(const mail::message& m, bool is_shared) {
  const auto& base = m.content.base;
  if (m.shared_body_id == base->id) return true;  // header lines were added in front of it
  // A spooled message keeps the bytes it has: were a late write of it (deadline) to refer to a body whose count we
  // have taken back, the body could go first.
  if (m.is_spooled) return false;
  if (was_created(base->id)) {
    bodies_.add(base->id);
    return true;
  }
  if (bodies_.acquire(base->id)) {
    acquired_.push_back(base->id);
    return true;
  }
  if (!is_shared || !bodies_.create(base->id)) return false;
  created_.push_back(base->id);
  recent_.note(base->id);
  request_->put_body(base);
  bodies_.remember_loaded(base);
  return true;
}

void store_plan::succeed() {
  is_done_ = true;
  for (const auto& id : created_) bodies_.confirm(id);
  for (const auto& [m, previous] : steps_) {
    m->is_spooled = true;
    m->meta_dirty = m->data_dirty = false;
    if (!previous.is_nil() && previous != m->shared_body_id) committer_.remove({}, previous);
  }
}

bool store_plan::was_created(const uuid& body) const {
  return std::find(created_.begin(), created_.end(), body) != created_.end();
}

}  // namespace godwit::spool
