// The spool kind "memory": for tests, and for servers whose mail may be lost.

#include <godwit/godwit.hpp>

#include "memory_store.hpp"

using namespace godwit::sdk;

namespace {

std::optional<std::string> path_of(value_view store) {
  return store.is_null() ? std::nullopt : std::optional(std::string(store["path"].text()));
}

class memory_module final : public module {
 public:
  static const option_table& settings() {
    static const option_table table(
        "memory_spool", "The spool kind \"memory\", which keeps nothing beyond the process.",
        {
            option::size("max_size").fallback("1GiB").between(0, INT64_MAX).means(
                "Bytes of all records; above it mail is refused. 0: no limit but [runtime] memory_soft_limit."),
        });
    return table;
  }

  explicit memory_module(value_view s) : places_(static_cast<std::uint64_t>(s["max_size"].integer())) {}

  void init() override {
    places_.total()->show(gauge("godwit_memory_spool_used_bytes", "Bytes that records of the spool kind memory take."));
    gauge("godwit_memory_spool_max_bytes", "max_size of the module memory_spool; 0: no limit.")
        .set(static_cast<std::int64_t>(places_.total()->limit()));
    add_spool_kind(
        "memory", "Keeps messages in memory; they are lost when the process ends.",
        [this](value_view data, value_view meta) -> std::unique_ptr<spool_store> {
          return std::make_unique<memory_spool::memory_store>(places_, path_of(data), path_of(meta));
        },
        {.is_volatile = true});
  }

 private:
  memory_spool::place_directory places_;
};

}  // namespace

GODWIT_MODULE(memory_module, "memory_spool", "1.0", "Spool kind \"memory\", not durable.")
