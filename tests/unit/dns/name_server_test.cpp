// The resolver against a real name server: libunbound, forwarding, validation, a server that is silent.
#include "unit/dns/name_server.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "dns/resolver.hpp"
#include "unit/dns/run.hpp"

using namespace godwit;
using namespace godwit::dns;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace godwit::dns::test {

namespace {

constexpr auto nsd = "/usr/sbin/nsd";

/// A port that was free a moment ago on both transports.
unsigned free_port() {
  const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(bind(s, reinterpret_cast<sockaddr*>(&at), size) == 0);
  REQUIRE(getsockname(s, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  close(s);
  return ntohs(at.sin_port);
}

void write_file(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

std::string first_word_of(const std::string& command) {
  auto* pipe = popen(command.c_str(), "r");
  char buffer[256] = {};
  const bool ok = pipe && fgets(buffer, sizeof buffer, pipe);
  if (pipe) pclose(pipe);
  REQUIRE_MESSAGE(ok, command);
  return std::string(buffer, strcspn(buffer, " \n"));
}

std::string soa_query(std::string_view zone) {
  std::string packet("GW\0\0\0\1\0\0\0\0\0\0", 12);
  for (std::size_t at = 0; at < zone.size();) {
    const auto end = std::min(zone.find('.', at), zone.size());
    packet += static_cast<char>(end - at);
    packet += zone.substr(at, end - at);
    at = end + 1;
  }
  return packet.append("\0\0\6\0\1", 5);
}

/// Within 200 ms, by UDP.
bool answers(unsigned port, const std::string& query) {
  const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval patience{0, 200'000};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  char answer[512];
  const bool answered = connect(s, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && send(s, query.data(), query.size(), 0) > 0 &&
                        recv(s, answer, sizeof answer, 0) > 12;
  close(s);
  return answered;
}

/// Leaves it to be waited for.
bool has_ended(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

}  // namespace

bool name_server::is_installed() { return access(nsd, X_OK) == 0; }
bool name_server::can_sign() { return access("/usr/bin/ldns-signzone", X_OK) == 0; }

name_server::name_server(std::string_view zone, std::string_view text, bool is_signed) : zone_(zone) {
  std::string pattern = (fs::temp_directory_path() / "godwit-nsd-XXXXXX").string();
  dir_ = mkdtemp(pattern.data());
  zone_file_ = "zone";
  write_file(dir_ / zone_file_, text);
  if (is_signed) sign();
  for (int left = 5; left > 0; --left) {  // somebody else may have taken the port meanwhile
    port_ = free_port();
    start();
    if (wait_until_ready()) return;
    stop();
  }
  FAIL("nsd did not start");
}

name_server::~name_server() {
  stop();
  fs::remove_all(dir_);
}

std::string name_server::address() const { return fmt::format("127.0.0.1:{}", port_); }
std::string name_server::anchor_file() const { return (dir_ / "anchor").string(); }

void name_server::sign() {
  const auto in_dir = fmt::format("cd {} && ", dir_.string());
  const auto key = first_word_of(fmt::format("{}ldns-keygen -k -a ECDSAP256SHA256 {}", in_dir, zone_));
  fs::copy_file(dir_ / (key + ".key"), dir_ / "anchor");
  REQUIRE(std::system(fmt::format("{}ldns-signzone {} {}", in_dir, zone_file_, key).c_str()) == 0);
  zone_file_ += ".signed";
}

void name_server::start() {
  write_file(dir_ / "nsd.conf", fmt::format(R"(server:
  ip-address: 127.0.0.1@{0}
  username: ""
  zonesdir: "{1}"
  zonelistfile: "{1}/zone.list"
  xfrdfile: "{1}/xfrd.state"
  database: ""
  pidfile: ""
  logfile: "{1}/log"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "{2}"
  zonefile: "{3}"
)",
                                            port_, dir_.string(), zone_, zone_file_));
  pid_ = fork();
  if (pid_ == 0) {
    setpgid(0, 0);
    const auto conf = (dir_ / "nsd.conf").string();
    execl(nsd, nsd, "-d", "-c", conf.c_str(), nullptr);
    _exit(127);
  }
}

bool name_server::wait_until_ready() const {
  const auto query = soa_query(zone_);
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < deadline && !has_ended(pid_)) {
    if (answers(port_, query)) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

void name_server::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace godwit::dns::test

namespace {

constexpr auto zone_text = R"($ORIGIN example.test.
$TTL 300
@     SOA ns host 1 3600 600 86400 60
@     NS ns
@     MX 10 mx1
@     MX 20 mx2
ns    A 127.0.0.1
mx1   A 192.0.2.1
mx1   AAAA 2001:db8::1
mx2   A 192.0.2.2
plain A 192.0.2.9
alias CNAME plain
null  MX 0 .
txt   TXT "v=spf1" " -all"
short 1 IN MX 10 mx1
)";

using dns::test::name_server;
using dns::test::run;

std::unique_ptr<resolver> resolver_of(resolver_options o) {
  auto made = make_resolver(o);
  REQUIRE_MESSAGE(made, (made ? "" : made.why().text));
  return std::move(*made);
}

resolver_options asking(const std::string& server) {
  resolver_options o;
  o.name_servers = {server};
  return o;
}

#define NEEDS_NSD()                                                  \
  if (!name_server::is_installed()) {                                \
    MESSAGE("skipped: nsd is not installed (apt install nsd)"); \
    return;                                                          \
  }

}  // namespace

TEST_CASE("a name server's answers") {
  NEEDS_NSD();
  name_server server("example.test", zone_text);
  const auto names = resolver_of(asking(server.address()));
  rt::loop on{0};
  const auto mx = run(on, names->lookup_mx("Example.test"));
  REQUIRE_MESSAGE(mx, mx.why().text);
  CHECK((*mx)->hosts == std::vector<std::string>{"mx1.example.test", "mx2.example.test"});
  CHECK((*mx)->site_name == "(mx1|mx2).example.test");
  CHECK_FALSE((*mx)->is_secure);
  CHECK((*run(on, names->lookup_mx("null.example.test")))->is_null_mx);
  CHECK_FALSE((*run(on, names->lookup_mx("plain.example.test")))->is_mx);
  CHECK(says_no_such_name(run(on, names->lookup_mx("nowhere.example.test")).why()));

  const auto addresses = run(on, names->lookup_addresses("mx1.example.test", ip_strategy::ipv4_and_ipv6));
  REQUIRE(addresses);
  REQUIRE(addresses->size() == 2);
  CHECK((*addresses)[0].text() == "192.0.2.1");
  CHECK((*addresses)[1].text() == "2001:db8::1");
  CHECK((*run(on, names->lookup_addresses("alias.example.test", ip_strategy::ipv4_only))).at(0).text() == "192.0.2.9");
  CHECK(*run(on, names->lookup_txt("txt.example.test")) == std::vector<std::string>{"v=spf1 -all"});
}

TEST_CASE("answers are kept while the server is away") {
  NEEDS_NSD();
  name_server server("example.test", zone_text);
  auto o = asking(server.address());
  o.mx_timeout = 1s;
  const auto names = resolver_of(o);
  rt::loop on{0};
  CHECK(run(on, names->lookup_mx("example.test")));
  server.stop();
  CHECK(run(on, names->lookup_mx("example.test")));
}

TEST_CASE("a validating resolver tells secure from insecure and refuses what is forged") {
  NEEDS_NSD();
  if (!name_server::can_sign()) {
    MESSAGE("skipped: ldns-signzone is not installed (apt install ldnsutils)");
    return;
  }
  name_server signed_server("example.test", zone_text, true);
  auto o = asking(signed_server.address());
  o.validate = true;
  o.trust_anchor_file = signed_server.anchor_file();
  rt::loop on{0};
  {
    const auto names = resolver_of(o);
    const auto mx = run(on, names->lookup_mx("example.test"));
    REQUIRE_MESSAGE(mx, mx.why().text);
    CHECK((*mx)->is_secure);
    CHECK(run(on, names->query("mx1.example.test", 1))->is_secure);
    const auto missing = run(on, names->query("nowhere.example.test", 1));
    CHECK_FALSE(missing->exists);
    CHECK(missing->is_secure);
  }
  name_server unsigned_server("example.test", zone_text);
  o.name_servers = {unsigned_server.address()};
  const auto names = resolver_of(o);
  const auto forged = run(on, names->lookup_mx("example.test"));
  REQUIRE_FALSE(forged);
  CHECK(forged.why().text.starts_with("MX look-up of example.test failed DNSSEC validation: "));
  CHECK(run(on, names->query("mx1.example.test", 1))->is_bogus);
}

TEST_CASE("zones in memory come first, the name server answers the rest") {
  NEEDS_NSD();
  name_server server("example.test", zone_text);
  auto o = asking(server.address());
  o.zones = {"$ORIGIN local.test.\n@ MX 5 mx1.example.test.\nother CNAME plain.example.test.\n"};
  const auto names = resolver_of(o);
  rt::loop on{0};
  CHECK((*run(on, names->lookup_mx("local.test")))->site_name == "mx1.example.test");
  CHECK((*run(on, names->lookup_mx("example.test")))->hosts.size() == 2);
  CHECK((*run(on, names->lookup_addresses("other.local.test", ip_strategy::ipv4_only))).size() == 1);
}

TEST_CASE("a silent name server costs the time-out, and the resolver can go while it is asked") {
  const int silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(bind(silent, reinterpret_cast<sockaddr*>(&at), size) == 0);
  REQUIRE(getsockname(silent, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  auto o = asking(fmt::format("127.0.0.1:{}", ntohs(at.sin_port)));
  o.mx_timeout = o.timeout = 100ms;
  rt::loop on{0};
  {
    const auto names = resolver_of(o);
    const auto mx = run(on, names->lookup_mx("example.test"));
    REQUIRE_FALSE(mx);
    CHECK(mx.why().text == "MX look-up of example.test timed out after 100ms");
    const auto txt = run(on, names->lookup_txt("example.test"));
    CHECK(txt.why().text == "TXT look-up of example.test timed out after 100ms");
  }
  close(silent);
}
