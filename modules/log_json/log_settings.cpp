#include "log_settings.hpp"

#include <algorithm>

namespace log_json {

using godwit::sdk::option;
using godwit::sdk::option_table;
using godwit::sdk::value_view;

namespace {

/// In the order of GODWIT_RECORD_*.
constexpr std::string_view type_names[record_type_count] = {"Reception",
                                                            "Delivery",
                                                            "Bounce",
                                                            "TransientFailure",
                                                            "Expiration",
                                                            "AdminBounce",
                                                            "OOB",
                                                            "Feedback",
                                                            "Rejection",
                                                            "AdminRebind",
                                                            "DeferredInjectionRebind",
                                                            "Delayed",
                                                            "XferOut",
                                                            "XferIn"};

const option_table& per_record_options() {
  static const option_table table(
      "per_record", "How records of one type are logged.",
      {
          option::boolean("enable").fallback("true").means("false drops records of this type."),
          option::text("suffix").means("Appended to the name of the segment file."),
          option::text("log_dir").means("Directory for this type; default: log_dir of the log."),
          option::text("segment_header").means("Text written at the start of each new segment."),
          option::text("template")
              .means("Line template; not available in this version: setting it is an error."),
      });
  return table;
}

int route_to(log_settings& s, value_view params) {
  if (!params.is_null() && !params["enable"].boolean()) return -1;
  if (!params["template"].is_null())
    throw godwit::sdk::failure(
        "per_record.template is not supported by this version: remove it, records are JSON lines");
  destination wanted{s.log_dir, std::string(params["suffix"].text()),
                     std::string(params["segment_header"].text())};
  if (!params["log_dir"].is_null()) wanted.dir = params["log_dir"].text();
  const auto known = std::find(s.destinations.begin(), s.destinations.end(), wanted);
  if (known != s.destinations.end()) return static_cast<int>(known - s.destinations.begin());
  s.destinations.push_back(std::move(wanted));
  return static_cast<int>(s.destinations.size()) - 1;
}

}  // namespace

const option_table& log_options() {
  static const option_table table(
      "configure_local_logs", "A JSON-lines log in zstd segments.",
      {
          option::text("log_dir").required().means("Directory of the segments."),
          option::integer("back_pressure")
              .fallback("128000")
              .between(1, 1'000'000'000)
              .means("Outstanding records before a submission waits."),
          option::integer("compression_level")
              .fallback("0")
              .between(0, 21)
              .means("zstd level; 0 is zstd's default, 3."),
          option::text("filter_event")
              .means("Event called with the message; returning true keeps the record in this log."),
          option::text_list("headers").fallback("[]").means(
              "Header fields in records; a trailing * is a wildcard."),
          option::text_list("meta").fallback("[]").means(
              "Metadata in records, case-sensitive; a trailing * is a wildcard."),
          option::size("max_file_size")
              .fallback("1000000000")
              .between(1, INT64_MAX)
              .means("Uncompressed bytes per segment."),
          option::duration("max_segment_duration")
              .means("Longest time span of a segment; default: unlimited."),
          option::any("min_free_space")
              .fallback("\"10%\"")
              .means("\"N%\" or bytes: with less free the server refuses mail."),
          option::any("min_free_inodes")
              .fallback("\"10%\"")
              .means("\"N%\" or a number: with fewer free the server refuses mail."),
          option::table_map("per_record", per_record_options(),
                            {"Any", "Reception", "Delivery", "Bounce", "TransientFailure", "Expiration",
                             "AdminBounce", "OOB", "Feedback", "Rejection", "AdminRebind",
                             "DeferredInjectionRebind", "Delayed", "XferOut", "XferIn"})
              .fallback("{}")
              .means("Settings by record type; Any holds for types not named."),
      });
  return table;
}

const option_table& module_options() {
  static const option_table table("log_json", "The JSON-lines log.",
                                  {
                                      option::table_list("logs", log_options())
                                          .fallback("[]")
                                          .means("The logs; kumo.configure_local_logs adds more."),
                                  });
  return table;
}

log_settings log_settings::from(value_view table) {
  using letters = name_filter::letters;
  log_settings s;
  s.log_dir = table["log_dir"].text();
  s.back_pressure = static_cast<std::size_t>(table["back_pressure"].integer());
  s.compression_level = static_cast<int>(table["compression_level"].integer());
  s.filter_event = table["filter_event"].text();
  s.headers = name_filter(table["headers"].text_list(), letters::any_case);
  s.meta = name_filter(table["meta"].text_list(), letters::exact);
  s.max_file_size = static_cast<std::uint64_t>(table["max_file_size"].integer());
  s.max_segment_duration = table["max_segment_duration"].duration();
  s.min_free_space = free_limit::from(table["min_free_space"], "min_free_space");
  s.min_free_inodes = free_limit::from(table["min_free_inodes"], "min_free_inodes");
  const auto per_record = table["per_record"];
  for (std::size_t type = 0; type < record_type_count; ++type) {
    const auto own = per_record[type_names[type]];
    s.route[type] = route_to(s, own.is_null() ? per_record["Any"] : own);
  }
  return s;
}

}  // namespace log_json
