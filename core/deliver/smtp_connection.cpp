#include "deliver/smtp_connection.hpp"

#include "log/log.hpp"
#include "net/key_source.hpp"

namespace godwit::deliver {
namespace {

smtp::client_options options_of(const smtp_agent_state& shared, const connection_settings& s) {
  const auto& path = s.path;
  smtp::client_options o;
  o.ehlo_name = path.ehlo_domain ? *path.ehlo_domain : s.source.ehlo_domain.value_or(shared.parts.host_name);
  o.use_lmtp = path.use_lmtp;
  o.enable_pipelining = path.enable_pipelining;
  o.enable_rset = path.enable_rset;
  o.ignore_8bit_checks = path.ignore_8bit_checks;
  o.max_recipients_per_batch = path.max_recipients_per_batch;
  o.banner_timeout = path.banner_timeout;
  o.ehlo_timeout = path.ehlo_timeout;
  o.starttls_timeout = path.starttls_timeout;
  o.auth_timeout = path.auth_timeout;
  o.mail_from_timeout = path.mail_from_timeout;
  o.rcpt_to_timeout = path.rcpt_to_timeout;
  o.data_timeout = path.data_timeout;
  o.data_dot_timeout = path.data_dot_timeout;
  o.rset_timeout = path.rset_timeout;
  o.on_progress = s.on_progress;
  return o;
}

bool is_opportunistic(queue::tls_mode m) {
  return m == queue::tls_mode::opportunistic || m == queue::tls_mode::opportunistic_insecure;
}

std::string_view mode_name(queue::tls_mode m) {
  switch (m) {
    case queue::tls_mode::opportunistic: return "Opportunistic";
    case queue::tls_mode::opportunistic_insecure: return "OpportunisticInsecure";
    case queue::tls_mode::required: return "Required";
    case queue::tls_mode::required_insecure: return "RequiredInsecure";
    case queue::tls_mode::disabled: break;
  }
  return "Disabled";
}

/// One attempt at one candidate; its steps run in order and each fails with the text of the whole attempt.
class attempt {
 public:
  attempt(smtp_agent_state& shared, const connection_settings& settings, const candidate& to)
      : shared_(shared), settings_(settings), path_(settings.path), to_(to) {}

  rt::task<smtp_connection> run() {
    out_.listed = std::make_unique<listed_connection>(settings_.source.name, settings_.ready_queue, to_.host, to_.to);
    bool is_ready = co_await greet();
    if (is_ready) is_ready = co_await encrypt();
    if (!is_ready && is_clear_text_allowed_) is_ready = co_await greet();
    if (is_ready) is_ready = co_await authenticate();
    if (is_ready) {
      out_.listed->note_ready();
      describe();
    } else {
      out_.client.reset();
      out_.listed.reset();
    }
    co_return std::move(out_);
  }

 private:
  bool failed(std::string why, failure_cause cause = failure_cause::other) {
    out_.why = std::move(why);
    out_.cause = cause;
    return false;
  }

  rt::task<bool> greet() {
    auto opened = co_await connect_from(shared_.parts.connect, settings_.source, to_, path_.connect_timeout);
    const auto doing = [this] {
      return fmt::format("connect to {} port {} and read initial banner", to_.text(), to_.to.port);
    };
    if (!opened.source_address.is_null()) out_.trace.source_address = std::move(opened.source_address);
    if (!opened.stream) co_return failed(fmt::format("{}: {}", doing(), opened.why), opened.cause);
    auto options = options_of(shared_, settings_);
    options.traced = {false, out_.listed->number(), to_.to, opened.stream->local(), to_.host, settings_.source.name,
                      settings_.routing_domain, {}};
    out_.client = std::make_unique<smtp::client_session>(std::move(opened.stream), std::move(options));
    auto failure = co_await out_.client->read_banner();
    if (failure) co_return failed(fmt::format("{}: {}", doing(), failure->text));
    failure = co_await out_.client->hello();
    if (failure) co_return failed(fmt::format("{}: EHLO after banner: {}", to_.text_with_port(), failure->text));
    co_return true;
  }

  /// What enable_tls asks for, against what the peer offers.
  rt::task<bool> encrypt() {
    const auto mode = path_.enable_tls;
    if (mode == queue::tls_mode::disabled) co_return true;
    const bool is_broken = path_.remember_broken_tls && shared_.broken_tls.contains(settings_.site);
    const bool is_offered = out_.client->offered().starttls;
    if (is_opportunistic(mode) && (!is_offered || is_broken)) co_return true;
    if (is_broken) {
      log::error("deliver", "TLS of {} failed lately, but enable_tls is {}", settings_.site, mode_name(mode));
    }
    if (!is_offered) {
      co_return failed(fmt::format("tls policy is {} but STARTTLS is not advertised by {}", mode_name(mode),
                                   to_.text_with_port()));
    }
    co_return co_await start_tls(mode);
  }

  rt::task<bool> start_tls(queue::tls_mode mode) {
    const auto cause =
        mode == queue::tls_mode::opportunistic_insecure ? failure_cause::insecure_starttls : failure_cause::other;
    const auto context = shared_.tls.client(tls_options(mode));
    if (!context) co_return failed(fmt::format("TLS settings for {}: {}", to_.text_with_port(), context.why().text));
    net::tls_peer peer{to_.host, to_.host};
    auto failure = co_await out_.client->start_tls(*context, std::move(peer));
    if (failure) {
      // A peer that closes or falls silent at STARTTLS is as broken as one that fails the handshake.
      using kind = smtp::client_error::kind;
      if (failure->what != kind::refused && failure->what != kind::protocol) remember_broken(mode);
      co_return failed(fmt::format("TLS handshake with {} failed: {}", to_.text_with_port(), failure->text), cause);
    }
    failure = co_await out_.client->hello();
    if (!failure) co_return true;
    remember_broken(mode);
    co_return failed(fmt::format("{}: EHLO after STARTTLS: {}", to_.text_with_port(), failure->text), cause);
  }

  net::tls_client_options tls_options(queue::tls_mode mode) const {
    net::tls_client_options o;
    o.verify = mode == queue::tls_mode::opportunistic || mode == queue::tls_mode::required;
    o.certificate = path_.tls_certificate.value_or(value());
    o.private_key = path_.tls_private_key.value_or(value());
    o.cipher_list = path_.openssl_cipher_list.value_or("");
    o.cipher_suites = path_.openssl_cipher_suites.value_or("");
    o.suites = path_.rustls_cipher_suites;
    o.options = path_.openssl_options.value_or("");
    o.ca = shared_.parts.trusted_ca;
    return o;
  }

  void remember_broken(queue::tls_mode mode) {
    if (path_.remember_broken_tls) shared_.broken_tls.remember(settings_.site, *path_.remember_broken_tls);
    is_clear_text_allowed_ = is_opportunistic(mode) && path_.opportunistic_tls_reconnect_on_failed_handshake;
  }

  /// Credentials go to nobody who may be somebody else.
  rt::task<bool> authenticate() {
    if (!path_.smtp_auth_plain_username) co_return true;
    const auto& client = *out_.client;
    if (!client.is_tls() && !path_.allow_smtp_auth_plain_without_tls) {
      co_return failed(fmt::format("TLS is not enabled and AUTH PLAIN is required. Skipping ({})", to_.text_with_port()));
    }
    if (client.is_tls() && !client.tls().peer_verified && !path_.allow_smtp_auth_plain_without_valid_certificate) {
      co_return failed(fmt::format("TLS peer certificate was not verified and AUTH PLAIN is required. Skipping ({})",
                                   to_.text_with_port()));
    }
    if (!client.offered().auth_plain) {
      co_return failed(fmt::format("AUTH PLAIN is required but not advertised by {}. Skipping", to_.text_with_port()));
    }
    std::string password;
    if (path_.smtp_auth_plain_password) {
      auto loaded = net::load_key_source(*path_.smtp_auth_plain_password);
      if (!loaded) co_return failed("fetching smtp_auth_plain_password: " + loaded.why().text);
      password = std::move(*loaded);
    }
    const auto failure = co_await out_.client->auth_plain(*path_.smtp_auth_plain_username, password);
    if (!failure) co_return true;
    co_return failed(fmt::format("authenticating as {} via SMTP AUTH PLAIN to {}: {}", *path_.smtp_auth_plain_username,
                                 to_.text_with_port(), failure->text));
  }

  void describe() {
    auto& t = out_.trace;
    t.peer = mail::peer{to_.host, to_.to.address.text()};
    t.session_id = uuid::make_v4().hyphenated();
    t.delivery_protocol = path_.use_lmtp ? "LMTP" : "ESMTP";
    if (!out_.client->is_tls()) return;
    const auto& tls = out_.client->tls();
    t.tls_cipher = tls.cipher;
    t.tls_protocol_version = tls.version;
    t.tls_peer_subject_name = tls.peer_subject_name;
  }

  smtp_agent_state& shared_;
  const connection_settings& settings_;
  const queue::egress_path_config& path_;
  const candidate& to_;
  smtp_connection out_;
  bool is_clear_text_allowed_ = false;
};

}  // namespace

rt::task<smtp_connection> open_connection(smtp_agent_state& shared, const connection_settings& settings,
                                          const candidate& to) {
  attempt one(shared, settings, to);
  co_return co_await one.run();
}

}  // namespace godwit::deliver
