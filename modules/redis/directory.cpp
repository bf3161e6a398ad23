#include "directory.hpp"

#include <cstdio>

namespace redis {

namespace sdk = godwit::sdk;
using sdk::option;
using sdk::value_view;

namespace {

/// A service that nobody holds is kept so long: scripts often open one for each event.
constexpr auto kept_unused = std::chrono::minutes(1);

/// FNV-1a, 32 bits: tells services with the same nodes but other parameters apart in metrics.
std::uint32_t fingerprint(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::string make_label(const std::vector<server>& nodes, const std::string& params) {
  std::string label = nodes.front().username ? *nodes.front().username + "@" : std::string();
  for (const auto& n : nodes) label += (&n == &nodes.front() ? "" : ",") + n.name();
  char hex[16];
  std::snprintf(hex, sizeof(hex), "-%08x", static_cast<unsigned>(fingerprint(params)));
  return label + hex;
}

std::vector<server> read_nodes(value_view node) {
  std::vector<server> nodes;
  if (node.is_text()) nodes.push_back(parse_server(node.text()));
  for (std::size_t i = 0; node.is_array() && i < node.size(); ++i) {
    if (!node[i].is_text()) throw sdk::failure("redis.open: node: each one is a URL");
    nodes.push_back(parse_server(node[i].text()));
  }
  if (nodes.empty()) throw sdk::failure("redis.open: node: a URL or an array of URLs is needed");
  return nodes;
}

void read_login(std::vector<server>& nodes, value_view params) {
  for (auto& n : nodes) {
    if (const auto user = params["username"].optional_text()) n.username = user;
    if (const auto password = params["password"].optional_text()) n.password = password;
    if (n.username && !n.password) throw sdk::failure("redis.open: a username needs a password");
  }
}

}  // namespace

const sdk::option_table& open_options() {
  static const sdk::option_table table(
      "redis.open", "Parameters of redis.open.",
      {
          option::any("node").required().means("URL of the server, or an array of URLs of a cluster: "
                                               "redis://[USER][:PASSWORD@]HOST[:PORT][/DB]."),
          option::integer("pool_size")
              .fallback("10")
              .between(1, 10000)
              .means("Connections in use at once, and kept when idle."),
          option::boolean("read_from_replicas")
              .fallback("false")
              .means("In a cluster, commands that only read go to replicas."),
          option::text("username").means("For all nodes, in place of those in the URLs."),
          option::text("password").means("For all nodes, in place of those in the URLs."),
          option::duration("connect_timeout")
              .fallback("30s")
              .between(1'000'000, INT64_MAX)
              .means("Longest time to connect and log in."),
          option::duration("wait_timeout")
              .fallback("30s")
              .between(1'000'000, INT64_MAX)
              .means("Longest time a command waits for a free connection."),
          option::duration("response_timeout")
              .fallback("30s")
              .between(1'000'000, INT64_MAX)
              .means("Longest time for the reply to a command."),
          option::duration("recycle_timeout")
              .fallback("5s")
              .between(1'000'000, INT64_MAX)
              .means("Longest time for the check that an idle connection still lives."),
          option::boolean("cluster").means(
              "Whether the node belongs to a cluster; by default when there are several."),
      });
  return table;
}

service_options read_options(value_view params, std::size_t max_reply_size) {
  service_options o;
  o.nodes = read_nodes(params["node"]);
  read_login(o.nodes, params);
  const auto cluster = params["cluster"];
  o.is_cluster = cluster.is_null() ? o.nodes.size() > 1 : cluster.boolean();
  if (!o.is_cluster && o.nodes.size() > 1)
    throw sdk::failure("redis.open: several nodes are a cluster, but cluster is false");
  if (o.is_cluster)
    for (const auto& n : o.nodes)
      if (n.via == server::transport::unix_socket)
        throw sdk::failure("redis.open: a cluster is reached over the network, not by " + n.name());
  o.read_from_replicas = params["read_from_replicas"].boolean();
  o.pool_size = static_cast<std::size_t>(params["pool_size"].integer());
  o.times = {params["connect_timeout"].duration(), params["wait_timeout"].duration(),
             params["response_timeout"].duration(), params["recycle_timeout"].duration()};
  o.replies.max_bytes = max_reply_size;
  o.label = make_label(o.nodes, params.json());
  return o;
}

std::shared_ptr<service> directory::open(value_view params) {
  auto key = params.json();
  const std::lock_guard lock(mutex_);
  auto& known = services_[key];
  try {
    if (!known) known = std::make_shared<service>(read_options(params, max_reply_size_));
  } catch (...) {
    services_.erase(key);
    throw;
  }
  return known;
}

void directory::sweep() {
  std::map<std::string, std::shared_ptr<service>> unused;  // they close outside the lock
  const std::lock_guard lock(mutex_);
  for (auto at = services_.begin(); at != services_.end();) {
    at->second->sweep();
    const bool is_unused =
        at->second.use_count() == 1 && at->second->last_used() < clock::now() - kept_unused;
    if (is_unused) unused.insert(*at);
    at = is_unused ? services_.erase(at) : std::next(at);
  }
}

}  // namespace redis
