#include "auto_signer.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>

#include <godwit/testing/fake_host.hpp>

using namespace dkim;
using godwit::sdk::testing::fake_answer;
using godwit::sdk::testing::fake_argument;
using godwit::sdk::testing::fake_host;

namespace {

/// A directory with the key of example.com, selector s.
class key_directory {
 public:
  key_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "dkim_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~key_directory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

  void write_key(const std::string& file) const {
    const key_ref key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), release_key{});
    std::FILE* out = std::fopen((path_ + "/" + file).c_str(), "w");
    PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
  }

 private:
  std::string path_;
};

struct signing_rig {
  fake_host host;
  key_directory keys;
  godwit::sdk::counter total{"godwit_dkim_signed_total", ""};
  sign_metrics times;
  std::unique_ptr<auto_signer> signer;

  void use(const std::string& more) {
    const auto settings = host.parse(
        sign_settings(), R"({"base": {"selector": "s", "digest": "ed25519-sha256", "key": ")" + keys.path() +
                             R"(/%{d}.%{s}"}, "domain": {"example.com": {}} )" + more + "}");
    signer = std::make_unique<auto_signer>(settings.view(), total, times);
    host.hooks.clear();
    godwit::sdk::on("smtp_server_message_received", [this](godwit::sdk::call& c) { signer->handle(c); });
  }
  fake_answer run(godwit_message& m) {
    godwit_connection c;
    return run(m, c);
  }
  fake_answer run(godwit_message& m, godwit_connection& c) {
    return host.run_hook("smtp_server_message_received", {fake_argument::of(m), fake_argument::of(c)});
  }
};

std::string unfolded(std::string text) {
  for (auto at = text.find("\r\n\t"); at != std::string::npos; at = text.find("\r\n\t")) text.erase(at, 3);
  return text;
}

bool is_signed(const godwit_message& m) { return m.prefix.starts_with("DKIM-Signature: v=1;"); }

}  // namespace

TEST_CASE("mail of the domain is signed, at first with a key read aside, then with the one in memory") {
  signing_rig s;
  s.keys.write_key("example.com.s");
  s.use("");
  for (int i = 0; i < 2; ++i) {
    godwit_message m;
    s.run(m);
    CHECK(is_signed(m));
    CHECK(unfolded(m.prefix).find("d=example.com; s=s;") != std::string::npos);
    CHECK(unfolded(m.prefix).find("h=From:From:Subject:To;") != std::string::npos);
    std::filesystem::remove(s.keys.path() + "/example.com.s");
  }
  CHECK(s.host.counters["godwit_dkim_signed_total"].n == 2);
}

TEST_CASE("mail of others is left alone") {
  signing_rig s;
  s.use("");
  godwit_message m("From: a@other.test\r\nSender: b@example.com\r\n\r\nx\r\n");
  m.sender = "c@example.com";
  CHECK(s.run(m).what != fake_answer::kind::reject);
  CHECK(m.prefix.empty());
}

TEST_CASE("a fallback names the domain when From does not") {
  for (const auto* fallback : {"Sender", "Envelope"}) {
    signing_rig s;
    s.keys.write_key("example.com.s");
    s.use(std::string(R"(, "fallback": ")") + fallback + '"');
    godwit_message m("From: a@other.test\r\nSender: b@example.com\r\n\r\nx\r\n");
    m.sender = "c@example.com";
    s.run(m);
    CHECK(is_signed(m));
  }
}

TEST_CASE("a missing key is a temporary failure and in the log, or the message goes unsigned") {
  signing_rig s;
  s.use("");
  godwit_message m;
  const auto answer = s.run(m);
  CHECK(answer.what == fake_answer::kind::reject);
  CHECK(answer.code == 451);
  CHECK(s.host.has_logged("cannot read the key " + s.keys.path() + "/example.com.s: No such file"));
  CHECK(s.host.counters["godwit_dkim_key_failures_total"].n == 1);
  s.use(R"(, "missing_key": "Unsigned")");
  CHECK(s.run(m).what != fake_answer::kind::reject);
  CHECK(!is_signed(m));
}

TEST_CASE("a key that was missing is found once its time is over") {
  signing_rig s;
  s.use(R"(, "neg_keycache_ttl": "10s")");
  godwit_message m;
  CHECK(s.run(m).code == 451);
  s.keys.write_key("example.com.s");
  CHECK(s.run(m).code == 451);
  s.host.advance(std::chrono::seconds(11));
  s.run(m);
  CHECK(is_signed(m));
}

TEST_CASE("a condition asks for metadata of message or connection") {
  signing_rig s;
  s.keys.write_key("example.com.s");
  s.use(R"(, "base": null, "domain": {"example.com": {"selector": "s", "digest": "ed25519-sha256", "sign_condition": "do_sign", "key": ")" +
        s.keys.path() + "/example.com.s\"}}");
  godwit_message plain, asked;
  godwit_connection connection;
  s.run(plain, connection);
  CHECK(!is_signed(plain));
  connection.meta.member("do_sign").become(GODWIT_BOOLEAN);
  s.run(asked, connection);
  CHECK(is_signed(asked));
}
