#include "mime/date.hpp"

#include <string>

#include "mime/gmime_object.hpp"

namespace godwit::mime {

std::optional<wall_time> parse_date(std::string_view text) {
  start_gmime();
  GDateTime* date = g_mime_utils_header_decode_date(std::string(text).c_str());
  if (!date) return std::nullopt;
  const auto seconds = g_date_time_to_unix(date);
  g_date_time_unref(date);
  constexpr auto most = std::chrono::duration_cast<std::chrono::seconds>(wall_time::duration::max()).count();
  if (seconds > most || seconds < -most) return std::nullopt;  // after 2262, or before 1677
  return wall_time(std::chrono::seconds(seconds));
}

}  // namespace godwit::mime
