#include "command.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace redis {

namespace sdk = godwit::sdk;

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

template <std::size_t N>
bool is_among(std::string_view name, const std::string_view (&names)[N]) {
  return std::ranges::find(names, name) != std::end(names);
}

/// The shortest text that is this number again, and visibly one with a fraction.
std::string number_text(double n) {
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
  std::string out(text.data(), end);
  if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
  return out;
}

/// Where the first key stands, for commands where that is not the word after the name
/// (https://redis.io/commands).
constexpr std::string_view without_key[] = {
    "ACL",       "AUTH",      "BGREWRITEAOF", "BGSAVE",   "CLIENT",      "CLUSTER",  "COMMAND",   "CONFIG",
    "DBSIZE",    "DISCARD",   "ECHO",         "EXEC",     "FAILOVER",    "FLUSHALL", "FLUSHDB",   "FUNCTION",
    "HELLO",     "INFO",      "KEYS",         "LASTSAVE", "LATENCY",     "LOLWUT",   "MODULE",    "MONITOR",
    "MULTI",     "PING",      "PSUBSCRIBE",   "PUBLISH",  "PUBSUB",      "QUIT",     "RANDOMKEY", "READONLY",
    "READWRITE", "REPLICAOF", "ROLE",         "SAVE",     "SCAN",        "SCRIPT",   "SELECT",    "SHUTDOWN",
    "SLOWLOG",   "SUBSCRIBE", "SWAPDB",       "TIME",     "UNSUBSCRIBE", "UNWATCH",  "WAIT",      "WAITAOF"};
constexpr std::string_view after_subcommand[] = {"BITOP", "DEBUG", "MEMORY", "OBJECT", "XGROUP", "XINFO"};
constexpr std::string_view after_count[] = {"LMPOP",      "SINTERCARD", "ZDIFF", "ZINTER",
                                            "ZINTERCARD", "ZMPOP",      "ZUNION"};
constexpr std::string_view after_word_and_count[] = {"BLMPOP",  "BZMPOP",     "EVAL",  "EVALSHA",
                                                     "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"};

constexpr std::string_view reading[] = {
    "BITCOUNT",      "BITFIELD_RO", "BITPOS",       "DUMP",           "EVALSHA_RO",
    "EVAL_RO",       "EXISTS",      "EXPIRETIME",   "FCALL_RO",       "GEODIST",
    "GEOHASH",       "GEOPOS",      "GEORADIUS_RO", "GEOSEARCH",      "GET",
    "GETBIT",        "GETRANGE",    "HEXISTS",      "HGET",           "HGETALL",
    "HKEYS",         "HLEN",        "HMGET",        "HRANDFIELD",     "HSCAN",
    "HSTRLEN",       "HVALS",       "LCS",          "LINDEX",         "LLEN",
    "LPOS",          "LRANGE",      "MGET",         "OBJECT",         "PEXPIRETIME",
    "PTTL",          "SCARD",       "SDIFF",        "SINTER",         "SINTERCARD",
    "SISMEMBER",     "SMEMBERS",    "SMISMEMBER",   "SORT_RO",        "SRANDMEMBER",
    "SSCAN",         "STRLEN",      "SUBSTR",       "SUNION",         "TTL",
    "TYPE",          "XLEN",        "XPENDING",     "XRANGE",         "XREVRANGE",
    "ZCARD",         "ZCOUNT",      "ZDIFF",        "ZINTER",         "ZINTERCARD",
    "ZLEXCOUNT",     "ZMSCORE",     "ZRANDMEMBER",  "ZRANGE",         "ZRANGEBYLEX",
    "ZRANGEBYSCORE", "ZRANK",       "ZREVRANGE",    "ZREVRANGEBYLEX", "ZREVRANGEBYSCORE",
    "ZREVRANK",      "ZSCAN",       "ZSCORE",       "ZUNION"};

constexpr std::string_view waiting[] = {"BLMOVE",   "BLMPOP",   "BLPOP",    "BRPOP", "BRPOPLPUSH",
                                        "BZMPOP",   "BZPOPMAX", "BZPOPMIN", "DEBUG", "FAILOVER",
                                        "SHUTDOWN", "WAIT",     "WAITAOF",  "XREAD", "XREADGROUP"};
constexpr std::string_view changing[] = {
    "AUTH",       "CLIENT",       "DISCARD",      "EXEC",        "HELLO",     "MONITOR", "MULTI",
    "PSUBSCRIBE", "PUNSUBSCRIBE", "QUIT",         "READONLY",    "READWRITE", "RESET",   "SELECT",
    "SSUBSCRIBE", "SUBSCRIBE",    "SUNSUBSCRIBE", "UNSUBSCRIBE", "UNWATCH",   "WATCH"};

/// XREAD and XREADGROUP: the word after STREAMS.
std::size_t place_after_streams(const std::vector<std::string>& words) {
  for (std::size_t i = 1; i < words.size(); ++i)
    if (upper(words[i]) == "STREAMS") return i + 1;
  return words.size();
}

}  // namespace

std::string command::encoded() const {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& w : words) {
    out += '$';
    out += std::to_string(w.size());
    out += "\r\n";
    out += w;
    out += "\r\n";
  }
  return out;
}

std::string command::name() const { return words.empty() ? std::string() : upper(words.front()); }

std::optional<std::string_view> command::key() const {
  const auto called = name();
  std::size_t place = 1;
  std::size_t count = words.size();  // the place of the number of keys, when there is one
  if (is_among(called, without_key)) return std::nullopt;
  if (is_among(called, after_subcommand)) place = 2;
  if (called == "XREAD" || called == "XREADGROUP") place = place_after_streams(words);
  if (is_among(called, after_count)) count = 1;
  if (is_among(called, after_word_and_count)) count = 2;
  if (count < words.size()) {
    if (words[count] == "0") return std::nullopt;  // a script without keys
    place = count + 1;
  }
  return place < words.size() ? std::optional<std::string_view>(words[place]) : std::nullopt;
}

bool command::only_reads() const { return is_among(name(), reading); }
bool command::changes_connection() const { return is_among(name(), changing); }
bool command::holds_connection() const { return changes_connection() || is_among(name(), waiting); }

void append(command& c, sdk::value_view v) {
  switch (v.kind()) {
    case GODWIT_NULL:
      return;
    case GODWIT_BOOLEAN:
      c.words.emplace_back(v.boolean() ? "1" : "0");
      return;
    case GODWIT_INTEGER:
      c.words.push_back(std::to_string(v.integer()));
      return;
    case GODWIT_NUMBER:
      c.words.push_back(number_text(v.number()));
      return;
    case GODWIT_TEXT:
      c.words.emplace_back(v.text());
      return;
    default:
      break;
  }
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (v.is_object()) c.words.emplace_back(v.key(i));
    append(c, v[i]);
  }
}

}  // namespace redis
