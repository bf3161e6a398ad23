#include "logger_settings.hpp"

#include <charconv>

namespace ec_logger {

namespace sdk = godwit::sdk;
using sdk::failure;
using sdk::option;
using sdk::option_table;
using sdk::value_view;

namespace {

const option_table& bounce_options() {
  static const option_table table("bounce_logger", "The bouncelog.", {
      option::text("bouncelog").fallback("/var/log/godwit/bouncelog.ec").means("File of the bouncelog."),
      option::text("bouncelog_mode").fallback("0644").means("Its mode, octal."),
      option::duration("heartbeat").fallback("60s").between(0, INT64_MAX).means("Time between heartbeat lines; 0: none."),
      option::boolean("log_inband_bounces").fallback("true").means("Log failures that the remote side or this server decided."),
      option::boolean("log_outofband_bounces").fallback("true").means("Log bounces that came back as mail."),
      option::boolean("log_transient_failures").fallback("true").means("Log temporary failures, type T."),
  });
  return table;
}

/// "" is off; a path, or file:// and one.
std::string read_path(value_view table, std::string_view name, const std::string& where) {
  std::string path(table[name].text());
  if (path.starts_with("file://")) path.erase(0, 7);
  if (const auto scheme = path.find("://"); scheme != std::string::npos)
    throw failure(where + std::string(name) + ": destinations " + path.substr(0, scheme) + ":// are not supported, use a file path");
  return path;
}

mode_t read_mode(value_view table, std::string_view name, const std::string& where) {
  const auto text = table[name].text();
  unsigned mode = 0;
  const auto* end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, mode, 8).ptr != end || mode > 0777)
    throw failure(where + std::string(name) + ": \"" + std::string(text) + "\" is no octal mode like \"0644\"");
  return static_cast<mode_t>(mode);
}

file_settings read_file(value_view table, const std::string& name, std::chrono::nanoseconds heartbeat, const std::string& where = "") {
  return {read_path(table, name, where), read_mode(table, name + "_mode", where), heartbeat};
}

void refuse(value_view table, std::string_view name, std::string_view why) {
  if (!table[name].is_null()) throw failure(std::string(name) + ": " + std::string(why));
}

void read_bounces(logger_settings& s, value_view table) {
  if (table.is_null()) return;
  s.files[static_cast<std::size_t>(log_kind::bounce)] =
      read_file(table, "bouncelog", table["heartbeat"].duration(), "bounce_logger.");
  s.inband_bounces = table["log_inband_bounces"].boolean();
  s.outofband_bounces = table["log_outofband_bounces"].boolean();
  s.bounced_transient_failures = table["log_transient_failures"].boolean();
}

}  // namespace

const option_table& module_options() {
  static const option_table table("ec_logger", "Momentum's mainlog, rejectlog, paniclog and bouncelog.", {
      option::text("mainlog").fallback("/var/log/godwit/mainlog.ec").means("File of receptions, deliveries and failures; \"\": none."),
      option::text("mainlog_mode").fallback("0644").means("Its mode, octal."),
      option::text("rejectlog").fallback("/var/log/godwit/rejectlog.ec").means("File of refused receptions; \"\": none."),
      option::text("rejectlog_mode").fallback("0644").means("Its mode, octal."),
      option::text("paniclog").fallback("/var/log/godwit/paniclog.ec").means("File of warnings and errors of the diagnostic log; \"\": none."),
      option::text("paniclog_mode").fallback("0644").means("Its mode, octal."),
      option::text("acctlog").means("Not available in this version: setting it is an error."),
      option::text("acctlog_log_mode").means("Not available in this version: setting it is an error."),
      option::text("importlog").means("Not available in this version: setting it is an error."),
      option::text("importlog_mode").means("Not available in this version: setting it is an error."),
      option::duration("heartbeat").fallback("60s").between(0, INT64_MAX).means("Time between heartbeat lines; 0: none."),
      option::boolean("log_receptions").fallback("true").means("Type R."),
      option::boolean("log_deliveries").fallback("true").means("Types D and X."),
      option::boolean("log_transient_failures").fallback("true").means("Type T."),
      option::boolean("log_permanent_failures").fallback("true").means("Type P."),
      option::boolean("log_rejections").fallback("true").means("Lines of the rejectlog."),
      option::boolean("log_errors").fallback("true").means("Lines of the paniclog."),
      option::boolean("log_hires_timestamp").fallback("false").means("Times in 16 digits of microseconds."),
      option::integer("back_pressure").fallback("128000").between(1, 1'000'000'000).means("Outstanding lines before a submission waits."),
      option::table("bounce_logger", bounce_options()).means("The bouncelog; without this table there is none."),
  });
  return table;
}

logger_settings logger_settings::from(value_view table) {
  for (const auto* name : {"acctlog", "acctlog_log_mode"}) {
    refuse(table, name, "authentications are not logged in this version: remove it");
  }
  for (const auto* name : {"importlog", "importlog_mode"}) {
    refuse(table, name, "there is no spool import in this version: remove it");
  }
  logger_settings s;
  const auto heartbeat = table["heartbeat"].duration();
  s.files[static_cast<std::size_t>(log_kind::main)] = read_file(table, "mainlog", heartbeat);
  s.files[static_cast<std::size_t>(log_kind::reject)] = read_file(table, "rejectlog", heartbeat);
  s.files[static_cast<std::size_t>(log_kind::panic)] = read_file(table, "paniclog", std::chrono::nanoseconds(0));
  read_bounces(s, table["bounce_logger"]);
  s.receptions = table["log_receptions"].boolean();
  s.deliveries = table["log_deliveries"].boolean();
  s.transient_failures = table["log_transient_failures"].boolean();
  s.permanent_failures = table["log_permanent_failures"].boolean();
  s.rejections = table["log_rejections"].boolean();
  s.errors = table["log_errors"].boolean();
  s.hires_timestamp = table["log_hires_timestamp"].boolean();
  s.back_pressure = static_cast<std::size_t>(table["back_pressure"].integer());
  return s;
}

}  // namespace ec_logger
