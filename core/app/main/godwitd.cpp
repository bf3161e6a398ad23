// The daemon's entry: arguments, settings, then app::daemon.

#include <unistd.h>

#include <cstdio>

#include "app/arguments.hpp"
#include "app/daemon.hpp"
#include "app/privileges.hpp"
#include "log/log.hpp"
#include "module/module_host.hpp"

namespace {

using namespace godwit;

int complain(const error& why) {
  std::fprintf(stderr, "godwitd: %s\n", why.text.c_str());
  return 1;
}

int check_module(const std::string& file) {
  const auto report = module::check_module(file);
  if (!report) return complain(report.why());
  std::fputs(report->c_str(), stdout);
  return 0;
}

/// Command line over configuration file.
result<app::settings> gather(const app::arguments& args) {
  app::settings s;
  if (args.config) {
    auto loaded = app::load_settings(*args.config);
    if (!loaded) return loaded.why();
    s = std::move(*loaded);
  }
  if (args.policy) s.policy = args.policy;
  if (args.user) s.runtime.user = args.user;
  if (!args.diag_log_dir.empty()) s.log.dir = args.diag_log_dir;
  if (args.diag_format != "full") s.log.format = args.diag_format;
  return s;
}

int run(const app::arguments& args) {
  auto s = gather(args);
  if (!s) return complain(s.why());
  if (auto set = log::set_filter(s->log.filter); !set) return complain(set.why());
  if (auto set = log::configure({s->log.dir, s->log.format}); !set) return complain(set.why());
  app::daemon::block_signals();
  if (!args.validate) {
    if (::getuid() == 0 && !s->runtime.user) {
      return complain(fail("started as root: name an unprivileged user with --user NAME or [runtime] user"));
    }
    if (auto became = app::become_user(s->runtime.user.value_or("")); !became) return complain(became.why());
  }
  app::daemon daemon(args, std::move(*s));
  if (args.validate) {
    auto valid = daemon.validate();
    if (!valid) return complain(valid.why());
    std::puts("OK");
    return 0;
  }
  if (auto started = daemon.start(); !started) return complain(started.why());
  daemon.run_until_stopped();
  log::flush();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = app::parse_arguments(argc, argv);
  if (const auto* status = std::get_if<int>(&parsed)) return *status;
  const auto& args = std::get<app::arguments>(parsed);
  if (args.check_module) return check_module(*args.check_module);
  return run(args);
}
