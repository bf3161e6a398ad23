#include "app/settings.hpp"

#include "config/toml.hpp"

namespace godwit::app {

const config::options<runtime_settings>& runtime_options() {
  static const auto& table = []() -> const config::options<runtime_settings>& {
    static config::options<runtime_settings> t("runtime", "Threads, user and memory of the daemon: [runtime].");
    t.field("loops", &runtime_settings::loops, "Event loops, one thread each; 0 means one per core.")
        .field("blocking_threads", &runtime_settings::blocking_threads,
               "Threads for work that blocks: disk reads, library look-ups.")
        .field("module_threads", &runtime_settings::module_threads,
               "Threads for work of modules that blocks: SQL statements, Redis commands.")
        .field("user", &runtime_settings::user, "User to run as, from before the spool is opened; needed when started as root.")
        .field("module_path", &runtime_settings::module_path,
               "Directories searched for module files, before the one installed with the program.")
        .field("memory_soft_limit", &runtime_settings::memory_soft_limit,
               "Bytes of memory above which no mail is taken in; 0 means 75 % of what cgroup or machine allow.");
    return t;
  }();
  return table;
}

const config::options<log_settings>& log_options() {
  static const auto& table = []() -> const config::options<log_settings>& {
    static config::options<log_settings> t("log", "The diagnostic log: [log].");
    t.field("filter", &log_settings::filter, "Level, and levels by library: \"info,smtp=debug\".")
        .field("dir", &log_settings::dir, "Directory of log files; empty means standard error.")
        .field("format", &log_settings::format, "full, compact, pretty or json.");
    return t;
  }();
  return table;
}

namespace {

const std::vector<std::string> top_level_keys{"policy", "runtime", "log",    "dns",    "spool",
                                              "listener", "http", "queue", "egress", "modules", "control"};

/// Reads one document into a configuration, collecting problems by path.
class reader {
 public:
  explicit reader(configuration& into)
      : document_(into.source), problems_(into.found), out_(into.content) {}

  void read() {
    for (const auto& [key, unused] : *document_.root.as_object()) {
      if (std::find(top_level_keys.begin(), top_level_keys.end(), key) == top_level_keys.end()) {
        config::detail::unknown_key(problems_, "", key, top_level_keys);
      }
    }
    read_policy();
    read_table("runtime", runtime_options(), out_.runtime);
    read_table("log", log_options(), out_.log);
    read_table("control", control::socket_option_table(), out_.control);
    if (document_.root.find("dns")) read_table("dns", dns::resolver_option_table(), out_.dns.emplace());
    read_named("spool", spool::store_option_table(), out_.spools, "name");
    read_named("listener", smtp::listener_option_table(), out_.listeners, nullptr);
    read_named("http", http::listener_option_table(), out_.http_listeners, nullptr);
    out_.listener_names = names_of("listener");
    out_.http_names = names_of("http");
    read_modules();
    *out_.queues = scopes::load(document_.root.find("queue"), document_.root.find("egress"), problems_);
  }

 private:
  void read_policy() {
    if (const auto* policy = document_.root.find("policy")) {
      config::codec<std::optional<std::string>>::read(out_.policy, *policy, problems_, "policy");
    }
  }

  template <class T>
  void read_table(const std::string& key, const config::options<T>& table, T& into) {
    if (const auto* v = document_.root.find(key)) into = table.parse(*v, problems_, key);
  }

  /// [KEY.NAME] tables; `name_key` receives NAME when the options have such a field.
  template <class T>
  void read_named(const std::string& key, const config::options<T>& table, std::vector<T>& into, const char* name_key) {
    const auto* all = document_.root.find(key);
    if (!all) return;
    if (!all->as_object()) {
      problems_.push_back({key, fmt::format("must be tables: [{}.NAME]", key)});
      return;
    }
    for (const auto& [name, member] : *all->as_object()) {
      auto named = member;
      if (auto* members = named.as_object(); members && name_key) members->set(name_key, name);
      into.push_back(table.parse(named, problems_, config::detail::join(key, name)));
    }
  }

  std::vector<std::string> names_of(std::string_view key) const {
    std::vector<std::string> names;
    const auto* all = document_.root.find(key);
    if (!all || !all->as_object()) return names;
    for (const auto& [name, unused] : *all->as_object()) names.push_back(name);
    return names;
  }

  void read_modules() {
    const auto* all = document_.root.find("modules");
    if (!all) return;
    if (!all->as_object()) {
      problems_.push_back({"modules", "must be tables: [modules.NAME]"});
      return;
    }
    for (const auto& [name, member] : *all->as_object()) {
      const auto path = config::detail::join("modules", name);
      if (!member.as_object()) {
        problems_.push_back({path, "must be a table"});
        continue;
      }
      bool enabled = false;
      const auto* flag = member.find("enabled");
      if (flag) config::codec<bool>::read(enabled, *flag, problems_, path + ".enabled");
      if (flag && !enabled) out_.disabled_modules.insert(name);
      if (!enabled) continue;
      auto module_settings = *member.as_object();
      module_settings.erase("enabled");
      out_.modules.emplace(name, std::move(module_settings));
    }
  }

  const config::toml_document& document_;
  config::problems& problems_;
  settings& out_;
};

/// What an enabled module may know once it is loaded is no problem yet.
void set_aside(configuration& c) {
  if (c.content.modules.empty()) return;
  const auto n = std::erase_if(c.found, [](const auto& p) { return p.awaits_module; });
  if (n > 0) c.content.unsettled = std::make_shared<const unsettled_names>(unsettled_names{c.source, c.found});
}

result<configuration> read_document(result<config::toml_document> document) {
  if (!document) return document.why();
  configuration read;
  read.source = std::move(*document);
  reader(read).read();
  set_aside(read);
  return read;
}

}  // namespace

std::string configuration::describe() const {
  std::string text;
  for (const auto& p : found) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}: {}: {}", source.where(p.path), p.path, p.text);
  }
  return text;
}

result<void> settle(settings& s) {
  if (!s.unsettled) return {};
  configuration again;
  again.source = s.unsettled->source;
  reader(again).read();
  const auto is_told = [&](const config::problem& p) {
    const auto& told = s.unsettled->told;
    return std::any_of(told.begin(), told.end(), [&](const auto& t) { return t.path == p.path && t.text == p.text; });
  };
  std::erase_if(again.found, is_told);
  if (!again.found.empty()) return error{again.describe()};
  s.spools = std::move(again.content.spools);
  *s.queues = std::move(*again.content.queues);
  s.unsettled.reset();
  return {};
}

result<configuration> load_configuration(const std::string& file) {
  return read_document(config::load_toml_document(file));
}

result<configuration> parse_configuration(std::string_view text, const std::string& name) {
  return read_document(config::parse_toml_document(text, name));
}

}  // namespace godwit::app
