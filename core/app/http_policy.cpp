#include "app/http_policy.hpp"

#include <stdexcept>

namespace godwit::app {

namespace {

/// What an event returned; nullopt: nobody handles it or nothing was returned. A refusal (kumo.reject) is an error here.
rt::task<std::optional<value>> ask(hook::event& e, hook::arguments args) {
  if (!e.has_handlers()) co_return std::nullopt;
  auto verdict = co_await e.run(std::move(args));
  if (verdict.what != hook::verdict::kind::proceed)
    throw std::runtime_error(fmt::format("event {}: {} answered with a rejection: {}", e.name(), verdict.by, verdict.text));
  co_return std::move(verdict.returned);
}

const std::string* text_of(const value& v, std::string_view key) {
  const auto* member = v.find(key);
  return member ? member->as_string() : nullptr;
}

/// The members of an AuthInfo table; what is not there is empty.
mail::auth_info auth_info_of(const value& v) {
  mail::auth_info info;
  if (const auto* all = v.find("identities"); all && all->as_array()) {
    for (const auto& i : *all->as_array()) {
      const auto *identity = text_of(i, "identity"), *context = text_of(i, "context");
      if (identity) info.identities.push_back({*identity, context ? *context : "GenericAuth"});
    }
  }
  if (const auto* all = v.find("groups"); all && all->as_array()) {
    for (const auto& g : *all->as_array())
      if (const auto* name = g.as_string()) info.groups.push_back(*name);
  }
  return info;
}

class policy_judge final : public http::credential_judge {
 public:
  policy_judge(hook::table& hooks, lua_api::policy& policy)
      : basic_(hooks.get("http_server_validate_auth_basic")),
        bearer_(hooks.get("http_server_validate_auth_bearer")),
        policy_(policy) {}

  rt::task<std::optional<mail::auth_info>> judge(const http::credentials& c) override {
    hook::arguments args;
    const auto* basic = std::get_if<http::basic_credentials>(&c);
    if (basic) {
      args.emplace_back(value(basic->user));
      args.emplace_back(basic->password ? value(*basic->password) : value());
    } else {
      args.emplace_back(value(std::get<http::bearer_credentials>(c).token));
    }
    auto answer = co_await ask(basic ? basic_ : bearer_, std::move(args));
    if (!answer) co_return std::nullopt;
    if (const auto* verdict = answer->as_bool()) co_return *verdict ? std::optional(mail::auth_info()) : std::nullopt;
    if (answer->is_object()) co_return auth_info_of(*answer);
    throw std::runtime_error(fmt::format("event {}: expected true, false or an AuthInfo, got {}",
                                         (basic ? basic_ : bearer_).name(), answer->type_name()));
  }
  std::uint64_t epoch() const override { return policy_.epoch(); }

 private:
  hook::event &basic_, &bearer_;
  lua_api::policy& policy_;
};

class policy_acls final : public http::acl_source {
 public:
  policy_acls(hook::table& hooks, lua_api::policy& policy) : event_(hooks.get("get_acl_definition")), policy_(policy) {}

  bool is_present() const override { return event_.has_handlers(); }
  rt::task<std::optional<http::acl>> find(const std::string& resource) override {
    hook::arguments args;
    args.emplace_back(value(resource));
    auto answer = co_await ask(event_, std::move(args));
    if (!answer || answer->is_null()) co_return std::nullopt;
    auto rules = http::parse_acl(*answer);
    if (!rules) throw std::runtime_error(fmt::format("event {} for {}: {}", event_.name(), resource, rules.why().text));
    co_return std::move(*rules);
  }
  bool falls_back() const override { return policy_.services().falls_back_to_acl_map; }
  std::chrono::nanoseconds ttl() const override { return std::chrono::nanoseconds(policy_.services().acl_cache_ttl_ns); }
  std::uint64_t epoch() const override { return policy_.epoch(); }

 private:
  hook::event& event_;
  lua_api::policy& policy_;
};

}  // namespace

std::shared_ptr<http::credential_judge> make_policy_judge(hook::table& hooks, lua_api::policy& policy) {
  return std::make_shared<policy_judge>(hooks, policy);
}

std::shared_ptr<http::acl_source> make_policy_acls(hook::table& hooks, lua_api::policy& policy) {
  return std::make_shared<policy_acls>(hooks, policy);
}

}  // namespace godwit::app
