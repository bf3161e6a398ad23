// The daemon's entry: arguments, settings, then app::daemon.

#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/arguments.hpp"
#include "app/configuration_check.hpp"
#include "app/daemon.hpp"
#include "app/listing.hpp"
#include "app/module_check.hpp"
#include "app/node_id.hpp"
#include "app/privileges.hpp"
#include "log/log.hpp"
#include "net/descriptors.hpp"

namespace {

using namespace godwit;

int complain(const error& why) {
  std::fprintf(stderr, "godwitd: %s\n", why.text.c_str());
  return 1;
}

/// Command line over configuration file.
result<app::configuration> gather(const app::arguments& args) {
  app::configuration c;
  if (args.config) {
    auto loaded = app::load_configuration(*args.config);
    if (!loaded) return loaded.why();
    c = std::move(*loaded);
  }
  auto& s = c.content;
  if (args.policy) s.policy = args.policy;
  if (args.user) s.runtime.user = args.user;
  if (!args.diag_log_dir.empty()) s.log.dir = args.diag_log_dir;
  if (args.diag_format != "full") s.log.format = args.diag_format;
  if (args.config) app::check_configuration(c);
  return c;
}

/// The console works without a setting: below /run only root can make the directory of its socket.
void prepare_default_socket(const app::arguments& args, const app::settings& s) {
  if (args.control_socket || s.control.socket || !s.runtime.user) return;
  app::make_directory_for(*s.runtime.user, std::filesystem::path(control::default_socket).parent_path());
}

result<void> become_somebody(const app::settings& s) {
  if (::getuid() == 0 && !s.runtime.user) {
    return fail("started as root: name an unprivileged user with --user NAME or [runtime] user");
  }
  return app::become_user(s.runtime.user.value_or(""));
}

/// Every problem at once; those of the policy too, unless it would only stumble over a module that is not there.
int validate(const app::arguments& args, app::configuration& c) {
  static_cast<void>(log::set_filter("warn"));  // what loads and stops is no news here
  app::daemon daemon(args, c.content, "");
  const auto before = c.found.size();
  daemon.check_modules(c.found);
  const auto policy = c.found.size() == before ? daemon.validate() : result<void>();
  if (!c.found.empty()) complain(error{c.describe()});
  if (!policy) complain(policy.why());
  if (!c.found.empty() || !policy) return 1;
  std::puts("OK");
  return 0;
}

int serve(const app::arguments& args, app::configuration& c) {
  const auto& s = c.content;
  if (auto set = log::set_filter(s.log.filter); !set) return complain(set.why());
  if (auto set = log::configure({s.log.dir, s.log.format}); !set) return complain(set.why());
  log::info("app", "at most {} open files", net::raise_descriptor_limit());
  const auto node_id = app::node_id();  // while its file can be written
  prepare_default_socket(args, s);
  if (auto became = become_somebody(s); !became) return complain(became.why());
  app::daemon daemon(args, s, node_id);
  daemon.check_modules(c.found);
  if (!c.found.empty()) return complain(error{c.describe()});
  if (auto started = daemon.start(); !started) return complain(started.why());
  daemon.run_until_stopped();
  log::flush();
  return 0;
}

int run(const app::arguments& args) {
  auto c = gather(args);
  if (!c) return complain(c.why());
  app::daemon::block_signals();
  if (args.validate) return validate(args, *c);
  if (!c->found.empty()) return complain(error{c->describe()});
  return serve(args, *c);
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = app::parse_arguments(argc, argv);
  if (const auto* status = std::get_if<int>(&parsed)) return *status;
  const auto& args = std::get<app::arguments>(parsed);
  if (args.dump_metric_metadata) return std::fputs(app::dump_metrics().c_str(), stdout) < 0 ? 1 : 0;
  if (args.check_module) return app::check_module_apart("godwitd", *args.check_module, std::chrono::seconds(args.check_limit));
  return run(args);
}
