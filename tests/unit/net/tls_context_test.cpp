#include "net/tls_context.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "net/loopback_stream.hpp"
#include "net/tls_names.hpp"
#include "rt/gate.hpp"

using namespace godwit;

namespace {

/// A small PKI made with the openssl tool: CA, server certificate for mx.test, client certificate.
class pki {
 public:
  pki() : dir_(std::filesystem::temp_directory_path() / ("godwit-pki-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(dir_);
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj "
        "/CN=TestCA");
    issue("server", "/CN=mx.test", "subjectAltName=DNS:mx.test");
    issue("client", "/O=Example/CN=sender.test", "subjectAltName=DNS:sender.test");
  }
  ~pki() { std::filesystem::remove_all(dir_); }

  std::string path(const char* name) const { return (dir_ / name).string(); }

 private:
  void run(const std::string& arguments) {
    const auto command = "cd " + dir_.string() + " && openssl " + arguments + " >/dev/null 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
  }
  void issue(const std::string& name, const std::string& subject, const std::string& extension) {
    std::ofstream(dir_ / (name + ".ext")) << extension << "\n";
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name + ".key -out " + name +
        ".csr -subj " + subject);
    run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -out " + name +
        ".pem -extfile " + name + ".ext");
  }
  std::filesystem::path dir_;
};

struct handshake {
  handshake(const net::tls_server_options& s, const net::tls_client_options& c, const net::tls_peer& peer) {
    auto server_context = net::tls_context::make_server(s);
    auto client_context = net::tls_context::make_client(c);
    REQUIRE(server_context.ok());
    REQUIRE(client_context.ok());
    rt::loop loop(0);
    rt::gate gate(loop, "test");
    auto pair = net::make_loopback_pair(loop.get_executor());
    gate.spawn("server", [&]() -> rt::task<> {
      server = co_await pair.a->start_tls_server(*server_context);
      // The client's certificate is checked after its side of a 1.3 handshake is done.
      if (!server.ok()) pair.a->close();
    });
    gate.spawn("client",
               [&]() -> rt::task<> { client = co_await pair.b->start_tls_client(*client_context, peer); });
    loop.io().poll();
  }
  result<net::tls_info> server = fail("not run"), client = fail("not run");
};

}  // namespace

TEST_CASE("certificates are checked against the CA and the name") {
  const pki keys;
  const net::tls_server_options server{"mx.test", keys.path("server.pem"), keys.path("server.key"), {}};
  net::tls_client_options client;
  client.ca = keys.path("ca.pem");

  SUBCASE("right name") {
    const handshake h(server, client, {"mx.test", ""});
    REQUIRE(h.client.ok());
    CHECK(h.client->peer_verified);
  }
  SUBCASE("wrong name") {
    const handshake h(server, client, {"other.test", ""});
    REQUIRE_FALSE(h.client.ok());
    CHECK(h.client.why().text.find("hostname mismatch") != std::string::npos);
  }
  SUBCASE("wrong name, not verifying: told afterwards") {
    client.verify = false;
    const handshake h(server, client, {"other.test", ""});
    REQUIRE(h.client.ok());
    CHECK_FALSE(h.client->peer_verified);
  }
  SUBCASE("client certificate that is required and given") {
    auto strict = server;
    strict.required_client_ca = keys.path("ca.pem");
    client.certificate = keys.path("client.pem");
    client.private_key = keys.path("client.key");
    const handshake h(strict, client, {"mx.test", ""});
    REQUIRE(h.server.ok());
    CHECK(h.server->peer_verified);
    CHECK(h.server->peer_subject_name == std::vector<std::string>{"O=Example", "CN=sender.test"});
  }
  SUBCASE("client certificate that is required and missing") {
    auto strict = server;
    strict.required_client_ca = keys.path("ca.pem");
    const handshake h(strict, client, {"mx.test", ""});
    CHECK_FALSE(h.server.ok());
  }
  SUBCASE("keys by value") {
    object certificate, key;
    certificate.set("key_data", *net::load_key_source(keys.path("server.pem")));
    key.set("key_data", *net::load_key_source(keys.path("server.key")));
    const handshake h({"mx.test", certificate, key, {}}, client, {"mx.test", ""});
    CHECK(h.client.ok());
  }
  SUBCASE("options and suites are obeyed") {
    client.options = "NO_TLSV1_3";
    client.suites = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS13_AES_128_GCM_SHA256"};
    const handshake h(server, client, {"mx.test", ""});
    REQUIRE(h.client.ok());
    CHECK(h.client->version == "TLSv1.2");
    CHECK(h.client->cipher == "ECDHE-ECDSA-CHACHA20-POLY1305");
  }
}

TEST_CASE("what cannot be used is said by option") {
  CHECK(net::tls_context::make_server({"x", "/nonexistent", {}, {}})
            .why()
            .text.starts_with("tls_certificate: cannot open /nonexistent"));
  object data;
  data.set("key_data", "no PEM");
  CHECK(net::tls_context::make_server({"x", data, {}, {}})
            .why()
            .text.starts_with("tls_certificate: certificate is not"));
  CHECK_FALSE(net::tls_context::make_server({"x", {}, data, {}}).ok());
  net::tls_client_options o;
  o.options = "NO_TLSV1|NO_TLSV9";
  CHECK(net::tls_context::make_client(o).why().text.find("unknown OpenSSL option NO_TLSV9") !=
        std::string::npos);
  o = {};
  o.cipher_list = "nonsense";
  CHECK_FALSE(net::tls_context::make_client(o).ok());
  o = {};
  o.suites = {"TLS13_AES_128_GCM_SHA265"};
  CHECK(net::tls_context::make_client(o).why().text.find("did you mean TLS13_AES_128_GCM_SHA256?") !=
        std::string::npos);
}

TEST_CASE("contexts are shared while they are fresh") {
  net::tls_context_cache cache(std::chrono::seconds(0));
  CHECK(*cache.client({}) != *cache.client({}));
  // A generated certificate stays the same.
  CHECK(*cache.server({"a", {}, {}, {}}) == *cache.server({"a", {}, {}, {}}));
  CHECK(*cache.server({"a", {}, {}, {}}) != *cache.server({"b", {}, {}, {}}));
  net::tls_context_cache lasting;
  CHECK(*lasting.client({}) == *lasting.client({}));
}
