#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <optional>
#include <thread>
#include <unordered_set>

#include "base/thread_name.hpp"
#include "dns/backend.hpp"
#include "dns/record.hpp"
#include "log/log.hpp"

namespace godwit::dns {

namespace {

/// Root zone key digests published by IANA (2017 and 2024 keys): what validation starts from without a file.
constexpr const char* root_anchors[] = {
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
};

answer to_answer(const ub_result& r) {
  answer a;
  for (std::size_t i = 0; r.havedata && r.data[i]; ++i) a.rdata.emplace_back(r.data[i], static_cast<std::size_t>(r.len[i]));
  a.is_secure = r.secure;
  a.is_bogus = r.bogus;
  a.exists = !r.nxdomain;
  if (r.why_bogus) a.why_bogus = r.why_bogus;
  a.ttl = std::chrono::seconds(std::max(r.ttl, 0));
  return a;
}

std::string_view rcode_text(int rcode) {
  switch (rcode) {
    case 1: return "the name server calls the query malformed (FORMERR)";
    case 2: return "no name server gave an answer (SERVFAIL)";
    case 4: return "the name server does not support the query (NOTIMP)";
    case 5: return "the name server refused (REFUSED)";
    default: return "the name server failed";
  }
}

/// libunbound resolves on a thread of its own and signals a descriptor; a second thread of ours collects the results
/// there, so that no loop ever waits for the library's lock longer than a submission takes.
class unbound_backend : public backend {
 public:
  unbound_backend() : context_(ub_ctx_create()), stop_(eventfd(0, EFD_CLOEXEC)) {}
  ~unbound_backend() override;

  result<void> configure(const resolver_options& options);
  void start() { collector_ = std::thread([this] { collect(); }); }
  void ask(const std::string& name, unsigned record_type, reply done) override;

 private:
  struct question {
    unbound_backend* owner;
    reply done;
  };

  result<void> add_servers(const resolver_options& options);
  result<void> add_anchors(const resolver_options& options);
  result<void> check(int failed, std::string_view what) const;
  static void on_result(void* context, int failed, ub_result* got);
  int submit(const std::string& name, unsigned record_type, question* q);
  bool take(question* q);
  void collect();

  ub_ctx* context_;
  int stop_;
  std::thread collector_;
  std::mutex mutex_;
  bool has_asked_ = false;
  std::unordered_set<question*> waiting_;  ///< the library drops what is unanswered when it stops
};

unbound_backend::~unbound_backend() {
  if (collector_.joinable()) {
    const std::uint64_t one = 1;
    if (::write(stop_, &one, sizeof one) == sizeof one) collector_.join();
  }
  if (context_) ub_ctx_delete(context_);
  for (auto* q : waiting_) delete q;
  ::close(stop_);
}

result<void> unbound_backend::check(int failed, std::string_view what) const {
  if (failed == 0) return {};
  return fail("cannot {}: {}", what, ub_strerror(failed));
}

/// "ip", "ip:port" or "[v6]:port" in libunbound's spelling "ip@port".
result<std::string> forward_of(const std::string& server) {
  if (const auto address = ip_address::parse(server)) return address->text();
  const auto endpoint = ip_endpoint::parse(server);
  if (!endpoint) return fail("name server \"{}\" is not \"ip\" or \"ip:port\"", server);
  return fmt::format("{}@{}", endpoint->address.text(), endpoint->port);
}

result<void> unbound_backend::add_servers(const resolver_options& options) {
  for (const auto& server : options.name_servers) {
    const auto forward = forward_of(server);
    if (!forward) return forward.why();
    if (auto r = check(ub_ctx_set_fwd(context_, forward->c_str()), "use name server " + server); !r) return r;
  }
  if (!options.name_servers.empty()) return {};
  if (ub_ctx_hosts(context_, nullptr) != 0) log::debug("dns", "no hosts file");
  return check(ub_ctx_resolvconf(context_, options.resolv_conf.c_str()),
               fmt::format("read {} (set name_servers if there is none)", options.resolv_conf));
}

result<void> unbound_backend::add_anchors(const resolver_options& options) {
  if (!options.validate) return {};
  if (const auto& file = options.trust_anchor_file) {
    if (::access(file->c_str(), R_OK) != 0) return fail("cannot read trust_anchor_file {}", *file);
    return check(ub_ctx_add_ta_file(context_, file->c_str()), "use trust_anchor_file " + *file);
  }
  for (const auto* anchor : root_anchors) {
    if (auto r = check(ub_ctx_add_ta(context_, anchor), "use the root trust anchor"); !r) return r;
  }
  return {};
}

result<void> unbound_backend::configure(const resolver_options& options) {
  if (!context_) return fail("cannot create a resolver context: out of memory");
  const std::pair<const char*, const char*> settings[] = {
      {"do-not-query-localhost:", "no"},  // name servers on loopback are the usual case
      {"unblock-lan-zones:", "yes"},      // private reverse zones are the name server's to answer
      {"insecure-lan-zones:", "yes"},
      {"use-syslog:", "no"},
  };
  for (const auto& [name, text] : settings) {
    if (auto r = check(ub_ctx_set_option(context_, name, text), name); !r) return r;
  }
  if (auto r = check(ub_ctx_async(context_, 1), "resolve in the background"); !r) return r;
  if (auto r = add_servers(options); !r) return r;
  if (auto r = add_anchors(options); !r) return r;
  // The library answers NXDOMAIN for .test by itself (RFC 6761); the operator's servers know better.
  return check(ub_ctx_zone_remove(context_, "test."), "start the resolver");
}

int unbound_backend::submit(const std::string& name, unsigned record_type, question* q) {
  std::optional<lent_thread_name> first;
  {
    std::lock_guard lock(mutex_);
    waiting_.insert(q);
    if (!std::exchange(has_asked_, true)) first.emplace("dns-library");  // the library makes its thread now
  }
  return ub_resolve_async(context_, name.c_str(), static_cast<int>(record_type), 1, q, &on_result, nullptr);
}

void unbound_backend::ask(const std::string& name, unsigned record_type, reply done) {
  auto* q = new question{this, std::move(done)};
  const int failed = submit(name, record_type, q);
  if (failed == 0 || !take(q)) return;
  auto answer_to = std::move(q->done);
  delete q;
  if (failed == UB_SYNTAX) return answer_to(fail("{} is not a domain name", name));
  answer_to(fail("cannot ask: {}", ub_strerror(failed)));
}

bool unbound_backend::take(question* q) {
  std::lock_guard lock(mutex_);
  return waiting_.erase(q) != 0;
}

void unbound_backend::on_result(void* context, int failed, ub_result* got) {
  const std::unique_ptr<ub_result, decltype(&ub_resolve_free)> owned(got, &ub_resolve_free);
  auto* waiting = static_cast<question*>(context);
  if (!waiting->owner->take(waiting)) return;
  const std::unique_ptr<question> q(waiting);
  if (failed != 0) return q->done(fail("{}", ub_strerror(failed)));
  // A bogus answer is the caller's to judge; any other rcode than NXDOMAIN is no answer at all.
  if (got->rcode != 0 && !got->nxdomain && !got->bogus) return q->done(fail("{}", rcode_text(got->rcode)));
  q->done(to_answer(*got));
}

void unbound_backend::collect() {
  pthread_setname_np(pthread_self(), "dns");
  pollfd ready[] = {{ub_fd(context_), POLLIN, 0}, {stop_, POLLIN, 0}};
  while ((ready[1].revents & POLLIN) == 0) {
    if (::poll(ready, 2, -1) > 0 && (ready[0].revents & POLLIN)) ub_process(context_);
  }
}

}  // namespace

result<std::unique_ptr<backend>> make_unbound_backend(const resolver_options& options) {
  auto made = std::make_unique<unbound_backend>();
  if (auto r = made->configure(options); !r) return r.why();
  made->start();
  return std::unique_ptr<backend>(std::move(made));
}

}  // namespace godwit::dns
