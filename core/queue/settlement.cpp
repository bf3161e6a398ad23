#include "queue/settlement.hpp"

#include "log/log.hpp"
#include "queue/engine.hpp"

namespace godwit::queue {

namespace {

bool is_final(const outcome& o) { return o.type != mail::record_type::transient_failure; }

/// A rewritten code decides anew what the outcome is.
mail::record_type type_of(int code, mail::record_type otherwise) {
  if (code >= 200 && code < 300) return mail::record_type::delivery;
  if (code >= 400 && code < 500) return mail::record_type::transient_failure;
  if (code >= 500 && code < 600) return mail::record_type::bounce;
  return otherwise;
}

}  // namespace

rt::task<> settlement::nothing() { co_return; }

void settlement::mark_done(const outcome& o, std::vector<bool>& done) {
  if (!o.recipient) {
    done.assign(done.size(), true);
  } else if (*o.recipient < done.size()) {
    done[*o.recipient] = true;
  }
}

void settlement::write(const outcome& o, const queue_entry& e) const {
  engine_->book.write_attempt(o.type, o.response, e, {*via_, *path_}, trace_, o.recipient);
  via_->metrics().count(o.type);
  if (path_->provider) path_->provider->count(o.type);
  if (o.type == mail::record_type::delivery) e.queue->delivered.fetch_add(1, std::memory_order_relaxed);
  if (o.type == mail::record_type::bounce) e.queue->failed.fetch_add(1, std::memory_order_relaxed);
}

/// What needs no policy call; the others are the result.
std::vector<outcome> settlement::write_final(const queue_entry& e, std::vector<outcome>& outcomes, std::vector<bool>& done) {
  may_rewrite_ = may_rewrite_ && engine_->parts.events.has_rewrite_status();
  std::vector<outcome> rest;
  for (auto& o : outcomes) {
    if (!is_final(o) || (may_rewrite_ && o.type != mail::record_type::delivery)) {
      rest.push_back(std::move(o));
      continue;
    }
    write(o, e);
    mark_done(o, done);
  }
  return rest;
}

/// For a task that is given up before it recorded what failed for now.
std::shared_ptr<const requeue_order> settlement::order_if_cut_off(const std::vector<outcome>& rest) const {
  const auto failed = std::ranges::find_if(rest, [](const outcome& o) { return !is_final(o); });
  if (failed == rest.end()) return nullptr;
  return std::make_shared<const requeue_order>(
      requeue_order{failed->response, why_, mail::record_type::transient_failure, true, failed->retry_after});
}

void settlement::settle_part(queue_entry& e, std::vector<outcome>& outcomes, std::vector<bool>& gone) {
  auto rest = write_final(e, outcomes, gone);
  keep_open(*e.hot, gone, rest);
}

rt::task<> settlement::settle(held_entry e, std::vector<outcome> outcomes) {
  std::vector<bool> done(e->hot->recipients.size(), false);
  auto rest = write_final(*e, outcomes, done);
  const bool is_done = rest.empty() && std::find(done.begin(), done.end(), false) == done.end();
  if (is_done) {
    engine_->remove(e.pass());
    return nothing();
  }
  const bool has_progress = keep_open(*e->hot, done, rest);
  e.otherwise(order_if_cut_off(rest));
  return settle_rest(*this, std::move(e), std::move(rest), has_progress);
}

rt::task<> settlement::rewrite(const queue_entry& e, outcome& o) const {
  std::optional<int> code;
  try {
    code = co_await engine_->parts.events.rewrite_delivery_status(o.response, e.queue->parts());
  } catch (const std::exception& failed) {
    log::error("queue", "smtp_client_rewrite_delivery_status failed, the status stays: {}", failed.what());
  }
  if (!code || *code == o.response.code) co_return;
  o.response.content += fmt::format(" (kumomta: status was rewritten from {} -> {})", o.response.code, *code);
  o.response.code = *code;
  o.type = type_of(*code, o.type);
}

// From here on the message is only for those who are left: whoever gets hold of it again, however this ends, cannot
// send it to the others a second time.
bool settlement::keep_open(mail::message& m, const std::vector<bool>& done, std::vector<outcome>& rest) {
  std::vector<mail::address> open;
  std::vector<std::size_t> place(done.size());
  for (std::size_t i = 0; i < done.size(); ++i) {
    place[i] = open.size();
    if (!done[i]) open.push_back(std::move(m.recipients[i]));
  }
  const bool has_progress = open.size() < done.size();
  m.recipients = std::move(open);
  m.meta_dirty |= has_progress;
  for (auto& o : rest) {
    if (o.recipient && *o.recipient < place.size()) o.recipient = place[*o.recipient];
  }
  return has_progress;
}

/// On disk before any event is asked. Cancelled: what happened is recorded all the same, and shutdown saves.
rt::task<> settlement::save(engine& owner, queue_entry& e) {
  try {
    co_await owner.requeuer.save(e);
  } catch (const std::exception& failed) {
    log::debug("queue", "message {} is not saved yet: {}", e.id.simple(), failed.what());
  }
}

rt::task<std::optional<outcome>> settlement::write_rest(const settlement& self, queue_entry& e, std::vector<outcome>& rest,
                                                        std::vector<bool>& done) {
  std::optional<outcome> deferred;
  for (auto& o : rest) {
    if (self.may_rewrite_) {
      try {
        co_await self.rewrite(e, o);
      } catch (const std::exception&) {  // cancelled: what happened is recorded as it was
      }
    }
    self.write(o, e);
    if (is_final(o)) mark_done(o, done);
    if (!is_final(o) && !deferred) deferred = o;
  }
  co_return deferred;
}

rt::task<> settlement::settle_rest(settlement self, held_entry e, std::vector<outcome> rest, bool has_progress) {
  auto& owner = *self.engine_;
  if (has_progress) co_await save(owner, *e);
  std::vector<bool> done(e->hot->recipients.size(), false);
  const auto deferred = co_await write_rest(self, *e, rest, done);
  e.otherwise(nullptr);
  if (!done.empty() && std::find(done.begin(), done.end(), false) == done.end()) {
    owner.remove(e.pass());
    co_return;
  }
  rest.clear();
  const bool has_more = keep_open(*e->hot, done, rest);
  if (has_more) co_await save(owner, *e);
  if ((has_progress || has_more) && !deferred) {  // nothing failed: the others were not tried, and go on at once
    requeue_order order{{.code = 451, .enhanced = mail::enhanced_code{4, 5, 3}, .content = "too many recipients", .command = {}},
                        insert_context::too_many_recipients, {}, false, duration{0}};
    co_return co_await owner.requeuer.requeue(std::move(e), std::move(order));
  }
  requeue_order order{internal_response("no recipient was tried"), self.why_, mail::record_type::transient_failure, true, {}};
  if (deferred) order = {deferred->response, self.why_, {}, true, deferred->retry_after};
  co_await owner.requeuer.requeue(std::move(e), std::move(order));
}

rt::task<> settlement::fail(held_entry e, mail::record_type type, mail::response r) const {
  std::vector<outcome> all(1);
  all[0].type = type;
  all[0].response = std::move(r);
  auto own = *this;
  own.may_rewrite_ = false;
  return own.settle(std::move(e), std::move(all));
}

}  // namespace godwit::queue
