#pragma once
// One log record as a JSON line (reference: log records).

#include <string_view>

#include <godwit/log_record.hpp>

#include "json_text.hpp"
#include "log_settings.hpp"

namespace log_json {

/// Appends the line with its line end. `m` may be null: meta and headers are empty then.
void put_record(buffer& out, const godwit::sdk::record_view& r, godwit::sdk::message_view m,
                const log_settings& s, std::string_view node_id);

}  // namespace log_json
