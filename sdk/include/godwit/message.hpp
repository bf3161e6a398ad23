#pragma once
// Messages and inbound connections. A message_view is borrowed from a call or a log record and is used on
// that loop only; held_message keeps it longer (retain) or as an independent copy (snapshot).

#include <array>
#include <cctype>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <godwit/value.hpp>

namespace godwit::sdk {

/// "Subject" and "subject" are the same header.
inline bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(a[i])) != std::tolower(static_cast<unsigned char>(b[i])))
      return false;
  return true;
}

/// The bytes of a message as up to four borrowed pieces whose concatenation is the message.
class message_data {
 public:
  const std::string_view* begin() const { return pieces_.data(); }
  const std::string_view* end() const { return pieces_.data() + count_; }
  std::size_t size() const {
    std::size_t total = 0;
    for (auto piece : *this) total += piece.size();
    return total;
  }
  std::string join() const {
    std::string all;
    all.reserve(size());
    for (auto piece : *this) all.append(piece);
    return all;
  }

 private:
  friend class message_view;
  std::array<std::string_view, 4> pieces_;
  std::size_t count_ = 0;
};

class held_message;

class message_view {
 public:
  message_view() = default;
  explicit message_view(godwit_message* raw) : raw_(raw) {}

  explicit operator bool() const { return raw_ != nullptr; }
  godwit_message* raw() const { return raw_; }

  std::string id() const {
    std::string text(32, '0');
    host().message_id_get(raw_, text.data());
    return text;
  }
  std::int64_t created_ns() const { return host().message_created(raw_); }
  std::uint32_t attempts() const { return host().message_attempts(raw_); }
  std::string_view sender() const { return to_view(host().message_sender_borrow(raw_)); }
  std::size_t recipient_count() const { return host().message_recipient_count(raw_); }
  std::string_view recipient(std::size_t index) const {
    return to_view(host().message_recipient_borrow(raw_, index));
  }
  void set_sender(std::string_view address) {
    require(host().message_sender_set(raw_, to_str(address)), "set_sender");
  }

  value_view meta(std::string_view key) const {
    return value_view(host().message_meta_borrow(raw_, to_str(key)));
  }
  template <class T>
  void set_meta(std::string_view key, const T& v) {
    require(host().message_meta_set(raw_, to_str(key), borrow(v).raw()), "set_meta");
  }
  /// visit(std::string_view key, value_view value) for each.
  template <class Visit>
  void each_meta(Visit visit) const {
    const auto count = host().message_meta_count(raw_);
    for (std::uint64_t i = 0; i < count; ++i) {
      godwit_str key{};
      const godwit_value* v = nullptr;
      if (host().message_meta_at_borrow(raw_, i, &key, &v) == GODWIT_OK) visit(to_view(key), value_view(v));
    }
  }

  /// 0 when the data is not in memory.
  std::size_t size() const { return host().message_size(raw_); }
  message_data data() const {
    std::array<godwit_str, 4> pieces{};
    std::uint64_t count = 0;
    require(host().message_data_borrow(raw_, pieces.data(), pieces.size(), &count), "message data");
    message_data d;
    d.count_ = count;
    for (std::size_t i = 0; i < count; ++i) d.pieces_[i] = to_view(pieces[i]);
    return d;
  }
  void set_data(std::string_view bytes) { require(host().message_data_set(raw_, to_str(bytes)), "set_data"); }

  /// visit(std::string_view name, std::string_view raw_value) for each header field in order. False: data not
  /// in memory.
  template <class Visit>
  bool each_header(Visit visit) const {
    auto forward = [](void* v, godwit_str name, godwit_str raw) {
      (*static_cast<Visit*>(v))(to_view(name), to_view(raw));
    };
    return host().message_headers_each(raw_, forward, &visit) == GODWIT_OK;
  }
  /// Unfolded and decoded to UTF-8.
  std::optional<std::string> header(std::string_view name) const {
    std::optional<std::string> found;
    each_header([&](std::string_view n, std::string_view raw) {
      if (!found && same_name(n, name)) found = decode_header(raw);
    });
    return found;
  }
  static std::string decode_header(std::string_view raw) {
    value out;
    host().header_decode(to_str(raw), out.raw());
    return std::string(out.view().text());
  }
  void prepend_header(std::string_view name, std::string_view v) {
    require(host().message_header_prepend(raw_, to_str(name), to_str(v)), "prepend_header");
  }
  void append_header(std::string_view name, std::string_view v) {
    require(host().message_header_append(raw_, to_str(name), to_str(v)), "append_header");
  }
  void remove_headers(std::string_view name) {
    require(host().message_header_remove(raw_, to_str(name)), "remove_headers");
  }

  held_message retain() const;
  held_message snapshot() const;

 private:
  godwit_message* raw_ = nullptr;
};

/// Gives its handle back when it goes.
class held_message : public message_view {
 public:
  explicit held_message(godwit_message* owned) : message_view(owned), owned_(owned) {}
  held_message(held_message&& other) noexcept
      : message_view(other), owned_(std::exchange(other.owned_, nullptr)) {}
  held_message& operator=(held_message&&) = delete;
  ~held_message() {
    if (owned_ != nullptr) host().message_release(owned_);
  }

 private:
  godwit_message* owned_;
};

inline held_message message_view::retain() const { return held_message(host().message_retain(raw_)); }
inline held_message message_view::snapshot() const { return held_message(host().message_snapshot(raw_)); }

class connection_view {
 public:
  connection_view() = default;
  explicit connection_view(godwit_connection* raw) : raw_(raw) {}

  explicit operator bool() const { return raw_ != nullptr; }
  value_view meta(std::string_view key) const {
    return value_view(host().connection_meta_borrow(raw_, to_str(key)));
  }
  template <class T>
  void set_meta(std::string_view key, const T& v) {
    require(host().connection_meta_set(raw_, to_str(key), borrow(v).raw()), "set_meta");
  }
  std::string peer() const { return read(host().connection_peer_get); }  ///< "192.0.2.1:2525"
  std::string local() const { return read(host().connection_local_get); }
  std::string session_id() const {
    std::string text(32, '0');
    host().connection_session_get(raw_, text.data());
    return text;
  }

 private:
  template <class Slot>
  std::string read(Slot slot) const {
    value out;
    slot(raw_, out.raw());
    return std::string(out.view().text());
  }
  godwit_connection* raw_ = nullptr;
};

}  // namespace godwit::sdk
