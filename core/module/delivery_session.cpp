#include "module/delivery_session.hpp"

#include <cstring>

#include "log/log.hpp"
#include "module/host_table.hpp"
#include "queue/requeuer.hpp"

using namespace godwit;

namespace godwit::module {

namespace {

constexpr auto default_timeout = std::chrono::minutes(5);

mail::record_type type_of(std::int32_t kind) {
  if (kind == GODWIT_DELIVERED) return mail::record_type::delivery;
  return kind == GODWIT_PERMANENT ? mail::record_type::bounce : mail::record_type::transient_failure;
}

int default_code(mail::record_type t) {
  return t == mail::record_type::delivery ? 250 : t == mail::record_type::bounce ? 550 : 450;
}

}  // namespace

agent_declaration::agent_declaration(std::shared_ptr<godwit_instance> instance, const godwit_delivery_agent& a)
    : owner(std::move(instance)),
      functions(a),
      protocol(view(a.protocol)),
      delivery_protocol(view(a.delivery_protocol)),
      label_option(view(a.label_option)),
      schema(a.options != nullptr ? owner->schema(a.options) : nullptr),
      batch_size(std::max<std::uint32_t>(a.batch_size, 1)),
      timeout(a.timeout_ns > 0 ? std::chrono::nanoseconds(a.timeout_ns) : default_timeout) {}

value agent_declaration::normalise(const value& settings, config::problems& out, const std::string& path) const {
  if (schema) return schema->parse(settings, out, path);
  const auto* members = settings.as_object();
  for (const auto& [key, unused] : members ? *members : object{})
    out.push_back({config::detail::join(path, key), fmt::format("protocol {} has no options", protocol)});
  return object();
}

queue::outcome outcome_from(const godwit_outcome& given) {
  godwit_outcome o{};  // an older module's is shorter
  std::memcpy(&o, &given, std::min<std::size_t>(given.size, sizeof(o)));
  queue::outcome out;
  out.type = type_of(o.kind);
  out.response.code = o.code != 0 ? o.code : default_code(out.type);
  if (o.enhanced_class != 0)
    out.response.enhanced = mail::enhanced_code{o.enhanced_class, o.enhanced_subject, o.enhanced_detail};
  out.response.content = view(o.content);
  out.response.command = view(o.command);
  const bool has_delay = out.type == mail::record_type::transient_failure && o.retry_after_ns > 0;
  if (has_delay) out.retry_after = std::chrono::nanoseconds(o.retry_after_ns);
  return out;
}

queue::outcome internal_failure(std::string text) {
  queue::outcome out;
  out.type = mail::record_type::transient_failure;
  out.response = queue::internal_response(std::move(text));
  return out;
}

delivery_batch::delivery_batch(godwit_session::ref session, std::vector<mail::message_ref> messages)
    : session_(std::move(session)), open_(messages.size()) {
  for (auto& m : messages) {
    const auto recipients = m->recipients.size();
    auto copy = copy_of(*m);
    items_.push_back({std::move(m), std::move(copy), std::vector<bool>(recipients, false), recipients, {}});
  }
}

const mail::message_ref* delivery_batch::copy(std::size_t index) const {
  return index < items_.size() ? &items_[index].copy : nullptr;
}

void delivery_batch::settle_open(item& it, const queue::outcome& o) {
  const bool is_whole = it.outcomes.empty();
  if (is_whole) it.outcomes.push_back(o);
  for (std::size_t i = 0; i < it.done.size(); ++i) {
    if (it.done[i]) continue;
    it.done[i] = true;
    if (is_whole) continue;
    it.outcomes.push_back(o);
    it.outcomes.back().recipient = i;
  }
  it.open = 0;
}

godwit_status delivery_batch::settle(std::size_t index, std::int64_t recipient, const queue::outcome& o) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) {
    metrics::get_counter("godwit_module_late_answers_total", "Answers of modules that nobody waited for any more.",
                         {{"module", session_->agent->owner->id.name}})
        ->add();
    return GODWIT_GONE;
  }
  if (index >= items_.size()) return GODWIT_INVALID;
  auto& it = items_[index];
  const bool is_settled = it.outcomes.empty() ? false : it.open == 0;
  if (is_settled) return GODWIT_INVALID;
  if (recipient < 0) {
    settle_open(it, o);
  } else {
    const auto at = static_cast<std::size_t>(recipient);
    if (at >= it.done.size() || it.done[at]) return GODWIT_INVALID;
    it.done[at] = true;
    --it.open;
    it.outcomes.push_back(o);
    it.outcomes.back().recipient = at;
  }
  if (it.open > 0) return GODWIT_OK;
  settled_.push_back(index);
  --open_;
  queue::wake(session_->bell);
  return GODWIT_OK;
}

void delivery_batch::fail_rest(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    auto& it = items_[i];
    if (!it.outcomes.empty() && it.open == 0) continue;
    settle_open(it, internal_failure(why));
    settled_.push_back(i);
    --open_;
  }
  queue::wake(session_->bell);
}

std::vector<delivery_batch::settled> delivery_batch::take_settled() {
  const std::lock_guard lock(mutex_);
  std::vector<settled> all;
  for (const auto i : settled_) all.push_back({std::move(items_[i].original), items_[i].outcomes});
  settled_.clear();
  return all;
}

bool delivery_batch::is_complete() const {
  const std::lock_guard lock(mutex_);
  return open_ == 0 && settled_.empty();
}

void delivery_batch::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
}

}  // namespace godwit::module

godwit_session::godwit_session(std::shared_ptr<const module::agent_declaration> a, const queue::work_source& work,
                               value s)
    : agent(std::move(a)),
      use(agent->owner),
      settings(std::move(s)),
      ready_queue(work.name()),
      site(work.destination().name),
      routing_domain(work.routing_domain()),
      source(work.source().name),
      bell(std::make_shared<queue::waiter>(*rt::loop::current())) {
  trace_.delivery_protocol = agent->delivery_protocol;
}

godwit_session::ref godwit_session::make(std::shared_ptr<const module::agent_declaration> agent,
                                         const queue::work_source& work, value settings) {
  return ref(new godwit_session(std::move(agent), work, std::move(settings)), [](godwit_session* s) {
    if (s->bell->home.is_current()) return end(s);
    auto& home = s->bell->home;
    home.post([s] { end(s); });
  });
}

void godwit_session::end(godwit_session* s) {
  const std::unique_ptr<godwit_session> mine(s);
  const auto& f = s->agent->functions;
  if (!s->use || f.close == nullptr) return;
  try {
    f.close(f.context, s);
  } catch (...) {
    log::error("module", "{}: close of a delivery session threw across the boundary", s->agent->owner->id.name);
  }
}

void godwit_session::open(const ref& self) {
  const auto& f = agent->functions;
  if (f.open == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    is_opening_ = true;
    while_opening_ = self;
  }
  godwit_status status = GODWIT_FAILED;
  try {
    status = f.open(f.context, this);
  } catch (...) {
    log::error("module", "{}: open threw across the boundary", agent->owner->id.name);
  }
  if (status == GODWIT_OK) return;
  opened(module::internal_failure(fmt::format("module {}: open failed with status {}", agent->owner->id.name, status)));
}

bool godwit_session::is_opening() const {
  const std::lock_guard lock(mutex_);
  return is_opening_;
}

void godwit_session::opened(std::optional<queue::outcome> failure) {
  ref let_go;  // outside of the lock: it may be the last
  const std::lock_guard lock(mutex_);
  if (!is_opening_) return;
  is_opening_ = false;
  failure_ = std::move(failure);
  let_go = std::move(while_opening_);
  queue::wake(bell);
}

std::optional<queue::outcome> godwit_session::open_failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void godwit_session::set_trace(queue::delivery_trace t) {
  const std::lock_guard lock(mutex_);
  t.delivery_protocol = agent->delivery_protocol;
  trace_ = std::move(t);
}

queue::delivery_trace godwit_session::trace() const {
  const std::lock_guard lock(mutex_);
  return trace_;
}
