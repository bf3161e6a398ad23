#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>

#include <godwit/abi.h>

#include "module/host_table.hpp"

extern "C" std::uint64_t godwit_sizes_in_c(int which);

TEST_CASE("C and C++ see the same structs") {
  CHECK(godwit_sizes_in_c(0) == sizeof(godwit_host));
  CHECK(godwit_sizes_in_c(1) == sizeof(godwit_module_descriptor));
  CHECK(godwit_sizes_in_c(2) == sizeof(godwit_record_fields));
  CHECK(godwit_sizes_in_c(3) == sizeof(godwit_option));
  CHECK(godwit_sizes_in_c(4) == sizeof(godwit_function));
  CHECK(godwit_sizes_in_c(5) == sizeof(godwit_hook));
}

TEST_CASE("every slot of the host table is filled") {
  const auto& h = godwit::module::host_table();
  CHECK(h.size == sizeof(godwit_host));
  const auto* at = reinterpret_cast<const char*>(&h) + offsetof(godwit_host, server_info_borrow);
  const auto* end = reinterpret_cast<const char*>(&h) + sizeof(h);
  int slot = 0;
  for (; at < end; at += sizeof(void*), ++slot) {
    void* function = nullptr;
    std::memcpy(&function, at, sizeof(function));
    CHECK_MESSAGE(function != nullptr, "slot ", slot);
  }
  CHECK(slot > 80);
}
