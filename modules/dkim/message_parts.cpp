#include "message_parts.hpp"

#include <algorithm>

namespace dkim {

namespace {

/// Offset behind the empty line that ends the header block, npos when there is none.
std::size_t end_of_headers(std::string_view bytes) {
  if (bytes.starts_with("\r\n")) return 2;
  const auto crlf = bytes.find("\r\n\r\n");
  const auto lf = bytes.substr(0, crlf).find("\n\n");
  if (lf != std::string_view::npos) return lf + 2;
  return crlf == std::string_view::npos ? std::string_view::npos : crlf + 4;
}

}  // namespace

void split_message(const godwit::sdk::message_data& data, message_parts& out) {
  std::string_view last;
  for (const auto piece : data) last = piece;
  const auto prefix_size = data.size() - last.size();
  // The common shape: header lines in front were added by this server, the received message is the last piece.
  bool prefix_is_headers = true;
  for (const auto piece : data) {
    if (piece.data() == last.data()) break;
    if (end_of_headers(piece) != std::string_view::npos || !piece.ends_with('\n')) prefix_is_headers = false;
    out.headers += piece;
  }
  if (const auto end = end_of_headers(last); prefix_is_headers && end != std::string_view::npos) {
    out.headers.reserve(prefix_size + end);
    out.headers += last.substr(0, end);
    out.body = last.substr(end);
    return;
  }
  out.joined_body = data.join();
  const auto end = std::min(end_of_headers(out.joined_body), out.joined_body.size());
  out.headers = out.joined_body.substr(0, end);
  out.body = std::string_view(out.joined_body).substr(end);
}

}  // namespace dkim
