#pragma once
// A module's spool kind as the spool sees it.

#include <memory>

#include <godwit/abi.h>

#include "module/instance.hpp"
#include "spool/record_store.hpp"

namespace godwit::module {

/// Open as long as it exists or until close(); the module cannot be unloaded meanwhile. Threads: see record_store.
class spool_store final : public spool::record_store {
 public:
  static result<std::unique_ptr<spool::record_store>> open(std::shared_ptr<godwit_instance> owner,
                                                           const godwit_spool_kind& kind,
                                                           const spool::store_options* data,
                                                           const spool::store_options* meta);
  ~spool_store() override { close(); }

  result<void> commit(std::span<const spool::operation> group, spool::durability wanted,
                      std::uint64_t& flushes) override;
  result<std::optional<std::string>> load(spool::table where, const uuid& key) override;
  result<bool> contains(spool::table where, const uuid& key) override;
  result<void> each_meta(const record_visitor& visit) override;
  result<void> each_loose_body(const key_visitor& visit) override;
  result<void> probe() override;
  void close() override;

 private:
  spool_store(std::shared_ptr<godwit_instance> owner, const godwit_spool_kind& kind, std::string name);
  /// Runs one of the module's functions; what it says of a failure, and what it throws, becomes the error.
  template <class F>
  result<godwit_status> ask(std::string_view what, F f) const;

  std::shared_ptr<godwit_instance> owner_;
  std::optional<usage> use_;
  const godwit_spool_kind functions_;  ///< its texts are not valid any more
  const std::string name_;
  void* store_ = nullptr;
  std::vector<godwit_spool_operation> group_;
};

/// Makes the kind known to define_spool. An error says what is wrong with the declaration.
result<void> declare_spool_kind(const std::shared_ptr<godwit_instance>& owner, const godwit_spool_kind& kind);


}  // namespace godwit::module
