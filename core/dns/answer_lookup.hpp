#pragma once
// Look-ups of single record sets with cache and sharing: what addresses, TXT and PTR are made of.

#include "dns/backend.hpp"
#include "dns/landing.hpp"
#include "dns/query_metrics.hpp"
#include "dns/shared_cache.hpp"

namespace godwit::dns {

using answer_ref = std::shared_ptr<const answer>;

/// Callable from every loop.
class answer_lookup {
 public:
  answer_lookup(backend& from, const resolver_options& options);

  /// A look-up under way, so that several can run side by side.
  struct started {
    std::shared_ptr<landing<answer_ref>> arrival;
    std::string name;
    unsigned record_type;
  };
  started start(std::string name, unsigned record_type, rt::executor here);
  rt::task<result<answer_ref>> wait(started s);
  std::optional<cached_answer> cached(const std::string& name, unsigned record_type) const;
  using cursor = shared_cache<answer_ref>::cursor;
  cursor begin_list() { return cursor(cache_); }
  /// The next entries, up to `most`. False: they were the last.
  bool list(cursor& from, std::size_t most, std::vector<cached_name>& to);

 private:
  backend& backend_;
  duration timeout_;
  shared_cache<answer_ref> cache_;
  query_metrics queries_;
};

}  // namespace godwit::dns
