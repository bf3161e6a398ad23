#include "verification.hpp"

namespace dkim {

namespace sdk = godwit::sdk;

void verification::start(sdk::message_view m, sdk::deferred_call call) {
  std::make_shared<verification>(m, std::move(call))->look_up_keys();
}

verification::verification(sdk::message_view m, sdk::deferred_call call) : message_(m.retain()), call_(std::move(call)) {
  split_message(message_.data(), parts_);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(sdk::now().time_since_epoch()).count();
  verifier_ = std::make_unique<verifier>(parts_.headers, parts_.body, now);
  keys_.resize(verifier_->signatures().size());
}

void verification::look_up_keys() {
  const auto& all = verifier_->signatures();
  // One is held back for this function itself: an answer may come before dns_txt returns.
  waiting_ = all.size() + 1;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].problem) {
      --waiting_;
      continue;
    }
    sdk::dns_txt(all[i].key_name, [self = shared_from_this(), i](const sdk::answer& a) { self->found(i, a); });
  }
  if (--waiting_ == 0) finish();
}

void verification::found(std::size_t index, const sdk::answer& a) {
  auto& key = keys_[index];
  if (a.ok()) {
    key.outcome = key_lookup::state::found;
    key.texts = a.content.text_list();
  } else {
    key.outcome = a.not_found() ? key_lookup::state::absent : key_lookup::state::failed;
  }
  if (--waiting_ == 0) finish();
}

void verification::finish() {
  auto results = sdk::value::array();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const auto v = verifier_->check(verifier_->signatures()[i], keys_[i]);
    auto entry = results.push();
    entry.make_object();
    entry.set("method", "dkim").set("result", v.result);
    if (!v.reason.empty()) entry.set("reason", v.reason);
    auto props = entry.member("props");
    props.make_object();
    for (const auto& [name, content] : v.props) props.set(name, content);
  }
  call_.answer(std::move(results));
}

}  // namespace dkim
