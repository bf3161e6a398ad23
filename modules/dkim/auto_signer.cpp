#include "auto_signer.hpp"

#include <memory>

#include <godwit/async.hpp>

#include "author.hpp"

namespace dkim {

namespace sdk = godwit::sdk;

namespace {

key_cache::limits read_limits(sdk::value_view settings) {
  return {static_cast<std::size_t>(settings["keycache_size"].integer()), settings["pos_keycache_ttl"].duration(),
          settings["neg_keycache_ttl"].duration()};
}

std::string domain_in(sdk::message_view m, std::string_view field) {
  std::string domain;
  bool is_first = true;
  m.each_header([&](std::string_view name, std::string_view raw) {
    if (!is_first || !sdk::same_name(name, field)) return;
    is_first = false;
    domain = mailbox_domain(raw);
  });
  return domain;
}

}  // namespace

auto_signer::auto_signer(sdk::value_view settings, sdk::counter& signed_total, sign_metrics& times)
    : rules_(settings),
      fallback_(settings["fallback"].text() == "Sender"     ? domain_source::sender
                : settings["fallback"].text() == "Envelope" ? domain_source::envelope
                                                            : domain_source::from),
      signs_or_defers_(settings["missing_key"].text() != "Unsigned"),
      keys_(read_limits(settings)),
      signed_(signed_total),
      times_(times) {}

void auto_signer::read_keys() { load(rules_.known_signatures()); }

void auto_signer::handle(sdk::call& c) {
  const auto rules = applicable(c.message(0), c.connection(1));
  keys found;
  for (const auto& rule : rules)
    if (auto known = keys_.find(rule.key_path, rule.options.how)) found.push_back(std::move(*known));
  if (found.size() == rules.size()) return c.answer(sign(c.message(0), rules, found));

  const auto later = std::make_shared<sdk::deferred_call>(c.defer());
  const auto loaded = std::make_shared<keys>();
  sdk::run_job([this, rules, loaded] { *loaded = load(rules); },
               [this, rules, loaded, later] {
                 if (!later->is_cancelled()) later->answer(sign(later->message(0), rules, *loaded));
               });
}

std::string auto_signer::author_of(sdk::message_view m) const {
  const auto author = domain_in(m, "From");
  if (fallback_ == domain_source::from || rules_.has_table(author)) return author;
  const auto other = fallback_ == domain_source::sender ? domain_in(m, "Sender") : mailbox_domain(m.sender());
  return rules_.has_table(other) ? other : author;
}

signature_rules auto_signer::applicable(sdk::message_view m, sdk::connection_view c) const {
  auto rules = rules_.signatures_for(author_of(m));
  std::erase_if(rules, [&](const signature_rule& r) {
    return !r.sign_condition.empty() && m.meta(r.sign_condition).is_null() && c.meta(r.sign_condition).is_null();
  });
  return rules;
}

auto_signer::keys auto_signer::load(const signature_rules& rules) {
  keys all;
  for (const auto& rule : rules) {
    auto known = keys_.find(rule.key_path, rule.options.how);
    all.push_back(known ? std::move(*known) : keys_.load(rule.key_path, rule.options.how));
  }
  return all;
}

sdk::verdict auto_signer::sign(sdk::message_view m, const signature_rules& rules, const keys& with) {
  if (rules.empty()) return sdk::verdict::proceed();
  const signing of(m, times_);
  std::vector<std::string> made;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto header = with[i].key ? of.sign_with(signer(rules[i].options, with[i].key)) : std::string();
    if (header.empty()) {
      failures_.add();
      if (signs_or_defers_) return sdk::verdict::reject(451, "4.7.5 this message cannot be signed now, try again later");
      continue;
    }
    made.push_back(std::move(header));
  }
  // Only now: `of` views the message.
  for (const auto& header : made) m.prepend_header("DKIM-Signature", header);
  signed_.add(made.size());
  return sdk::verdict::proceed();
}

}  // namespace dkim
