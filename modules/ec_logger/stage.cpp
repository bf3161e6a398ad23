#include "stage.hpp"

#include <utility>

#include <godwit/message.hpp>

namespace ec_logger {

using godwit::sdk::same_name;
using godwit::sdk::to_view;

namespace {

constexpr std::pair<std::string_view, stage> stages[] = {
    {"MAIL", stage::mail_from}, {"RCPT", stage::rcpt_to}, {"DATA", stage::data},         {"BDAT", stage::body},
    {".", stage::confirmation}, {"EHLO", stage::ehlo},    {"HELO", stage::ehlo},         {"LHLO", stage::ehlo},
    {"RSET", stage::rset},      {"XCLIENT", stage::xclient}, {"STARTTLS", stage::starttls}};

constexpr std::pair<std::string_view, std::string_view> phases[] = {
    {"", "just connected"},          {"EHLO", "awaiting ehlo/helo"}, {"HELO", "awaiting ehlo/helo"},
    {"MAIL", "awaiting mailfrom"},   {"RCPT", "awaiting rcptto"},    {"DATA", "data phase"},
    {".", "reading body"},           {"BDAT", "reading body"},       {"STARTTLS", "esmtp setup phase"},
    {"AUTH", "esmtp setup phase"},   {"XCLIENT", "esmtp setup phase"}};

std::string_view verb_of(std::string_view command) { return command.substr(0, command.find_first_of(" :")); }

template <class Table, class T>
T look_up(const Table& table, std::string_view command, T otherwise) {
  for (const auto& [verb, meaning] : table)
    if (same_name(verb, verb_of(command))) return meaning;
  return otherwise;
}

}  // namespace

stage stage_of(const godwit_record_fields& f) {
  if (f.type == GODWIT_RECORD_OOB) return stage::out_of_band;
  if (f.response_command.size > 0) return look_up(stages, to_view(f.response_command), stage::unknown);
  return f.session_id.size > 0 ? stage::unknown : stage::not_connected;
}

bool has_sent_body(stage s) { return s == stage::body || s == stage::confirmation; }

std::string_view phase_of(std::string_view command) {
  return look_up(phases, command, std::string_view("awaiting mailfrom"));
}

}  // namespace ec_logger
