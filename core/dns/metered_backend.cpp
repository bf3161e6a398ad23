#include <atomic>

#include "dns/backend.hpp"
#include "dns/query_metrics.hpp"

namespace godwit::dns {

namespace {

class metered_backend : public backend {
 public:
  explicit metered_backend(std::unique_ptr<backend> from) : from_(std::move(from)) {}

  /// Answers that will not come any more are not waited for.
  ~metered_backend() override {
    from_.reset();
    count_.pending->add(-waiting_.load());
  }

  void ask(const std::string& name, unsigned record_type, reply done) override {
    count_.queries_of(kind_of(name, record_type)).add();
    count_.pending->add();
    waiting_.fetch_add(1, std::memory_order_relaxed);
    const auto asked = std::chrono::steady_clock::now();
    from_->ask(name, record_type, [this, asked, done = std::move(done)](result<answer> got) {
      heard(got, std::chrono::steady_clock::now() - asked);
      done(std::move(got));
    });
  }

 private:
  void heard(const result<answer>& got, std::chrono::nanoseconds took) {
    count_.pending->add(-1);
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    count_.responses->add();
    if (!got || got->is_bogus) count_.bad->add();
    count_.latency->observe(std::chrono::duration<double>(took).count());
    note_response_time(took);
  }

  query_metrics count_;
  std::atomic<std::int64_t> waiting_{0};  ///< our share of count_.pending
  std::unique_ptr<backend> from_;
};

}  // namespace

std::unique_ptr<backend> make_metered_backend(std::unique_ptr<backend> from) {
  return std::make_unique<metered_backend>(std::move(from));
}

}  // namespace godwit::dns
