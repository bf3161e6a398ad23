#pragma once
// The header block of a message, read in place (RFC 5322 2.2): fields are views of the text they came from,
// which the caller keeps. Lines end in CRLF; a bare LF is tolerated, a bare CR is an ordinary byte. Never
// fails: what is no field comes back as one without a name.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::mime {

struct header_field {
  std::string_view name;   ///< as written; empty when the line has no colon
  std::string_view value;  ///< raw: after the colon, folds included, final line end not
  std::size_t begin = 0;   ///< of the whole field in the scanned text
  std::size_t end = 0;     ///< past its final line end

  bool is(std::string_view wanted) const;  ///< case-insensitive
};

/// Walks the fields of `text`; stops at the empty line or at the end.
class header_cursor {
 public:
  explicit header_cursor(std::string_view text) : text_(text) {}

  std::optional<header_field> next();
  /// Past the fields read so far; after the last one: where a field may be added.
  std::size_t offset() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Range form: for (const auto& field : header_fields(text)).
class header_fields {
 public:
  struct end_mark {};
  class iterator {
   public:
    explicit iterator(std::string_view text) : cursor_(text), field_(cursor_.next()) {}
    const header_field& operator*() const { return *field_; }
    const header_field* operator->() const { return &*field_; }
    iterator& operator++() {
      field_ = cursor_.next();
      return *this;
    }
    bool operator==(end_mark) const { return !field_; }

   private:
    header_cursor cursor_;
    std::optional<header_field> field_;
  };

  explicit header_fields(std::string_view text) : text_(text) {}
  iterator begin() const { return iterator(text_); }
  end_mark end() const { return {}; }

 private:
  std::string_view text_;
};

struct header_extent {
  std::size_t fields_end = 0;  ///< offset of the empty line, or the size of the text when there is none
  std::size_t body_begin = 0;  ///< past the empty line
};
header_extent find_header_end(std::string_view text);

std::optional<header_field> find_first(std::string_view text, std::string_view name);
std::vector<header_field> find_all(std::string_view text, std::string_view name);

/// The value on one line: line ends removed (the white space of the fold stays), outer white space trimmed.
std::string unfold(std::string_view raw);

/// "Name: value\r\n" fit to stand in a header block: line ends inside the value become folds, so that a value
/// can neither end the block nor start another field; bytes a name may not have are left out.
std::string make_field(std::string_view name, std::string_view value);

}  // namespace godwit::mime
