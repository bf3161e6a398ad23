// Records come back from disk, where a crash, a bad disk or another program may have written them: whatever the bytes,
// decoding gives a message or an error, and a decoded message survives being written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mail/message.hpp"
#include "spool/file_tree.hpp"

using godwit::uuid;
using godwit::mail::message;
using godwit::spool::file_tree;

namespace {

void check_record(std::string_view bytes) {
  const auto id = *uuid::parse("0123456789ab1def8123456789abcdef");
  const auto first = message::decode_meta(id, bytes);
  if (!first) return;
  const auto written = (*first)->encode_meta();
  const auto second = message::decode_meta(id, written);
  if (!second || (*second)->encode_meta() != written) std::abort();
  if ((*second)->shared_body_id != (*first)->shared_body_id) std::abort();
  if ((*second)->recipients.size() != (*first)->recipients.size()) std::abort();
}

void check_name(std::string_view bytes) {
  const auto key = file_tree::key_of(bytes);
  if (key && file_tree::key_of(file_tree::name_of(*key)) != key) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_record(bytes);
  check_name(bytes);
  return 0;
}
