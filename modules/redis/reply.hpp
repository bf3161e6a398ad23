#pragma once
// What a server answers, and the parser of the RESP2 and RESP3 protocols
// (https://redis.io/docs/reference/protocol-spec).
//
// Debian 12's hiredis reads RESP2 alone and has neither TLS nor cluster; with those the parser is all that is
// left of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redis {

struct reply {
  enum class kind {
    nil,
    boolean,
    integer,
    number,
    big_number,  ///< digits in `text`
    status,      ///< a short text: "OK", "QUEUED"
    text,
    verbatim,  ///< `text`, and what it is ("txt", "mkd") in `format`
    error,
    array,
    set,
    map,         ///< items: key, value, key, value…
    push,        ///< items: the kind as text, then its data
    attributed,  ///< items: key, value, …, and the reply itself last
  };
  kind what = kind::nil;
  std::int64_t integer = 0;  ///< boolean too
  double number = 0;
  std::string text;
  std::string format;
  std::vector<reply> items;

  bool is_error() const { return what == kind::error; }
  /// An error's first word: "MOVED", "WRONGTYPE".
  std::string_view code() const { return std::string_view(text).substr(0, text.find(' ')); }
};

struct reply_limits {
  std::size_t max_bytes = std::size_t{64} << 20U;  ///< of memory, for one reply
  std::size_t max_depth = 16;
};

/// Takes bytes as they come and gives whole replies. Throws failure when they are no protocol or over a
/// limit: then the connection is of no more use.
class reply_parser {
 public:
  explicit reply_parser(reply_limits limits = {}) : limits_(limits) {}

  void feed(std::string_view bytes);
  std::optional<reply> next();
  /// Bytes that belong to no reply yet given.
  bool is_empty() const { return at_ == buffer_.size() && open_.empty() && !bulk_; }

 private:
  struct aggregate {
    reply made;
    std::uint64_t missing;
  };
  struct bulk {
    reply made;
    std::size_t size;
  };

  std::optional<std::string_view> line();
  std::optional<reply>
  element();  ///< one that is whole; none: more bytes are needed, or an aggregate was opened
  std::optional<reply> read_line(std::string_view header);
  std::optional<reply> finish_bulk();
  void begin_bulk(reply::kind what, std::int64_t size);
  std::optional<reply> begin_aggregate(reply::kind what, std::int64_t count);
  std::optional<reply> place(reply r);
  void charge(std::size_t bytes);

  reply_limits limits_;
  std::string buffer_;
  std::size_t at_ = 0;        ///< what is before it has been read
  std::size_t searched_ = 0;  ///< no line end before it
  std::size_t charged_ = 0;   ///< by the reply in progress
  bool is_starved_ = false;
  std::vector<aggregate> open_;
  std::optional<bulk> bulk_;
};

}  // namespace redis
