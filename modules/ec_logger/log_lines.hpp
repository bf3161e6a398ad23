#pragma once
// One record as the lines of each log (Momentum: log formats), one per recipient, each with its line end. Pure: appends
// to `out`. What a record does not know stands there as unknown: README.md says what.

#include <string>

#include <godwit/log_record.hpp>

#include "logger_settings.hpp"

namespace ec_logger {

/// Both give the number of lines; none when the record has no place in that log or is switched off.
std::size_t put_main(std::string& out, const godwit::sdk::record_view& r, const logger_settings& s);
std::size_t put_bounce(std::string& out, const godwit::sdk::record_view& r, const logger_settings& s);
std::size_t put_reject(std::string& out, const godwit::sdk::record_view& r, const logger_settings& s);

void put_heartbeat(std::string& out, log_kind kind, std::int64_t ns, const logger_settings& s);
/// paniclog: "time:module: text".
void put_panic(std::string& out, std::int64_t ns, std::string_view module, std::string_view text, const logger_settings& s);

}  // namespace ec_logger
