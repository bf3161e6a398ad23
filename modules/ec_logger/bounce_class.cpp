#include "bounce_class.hpp"

#include <charconv>
#include <utility>

#include <godwit/message.hpp>

namespace ec_logger {

namespace {

constexpr int undetermined = 1, transient_failure = 70;

/// Momentum's names, then KumoMTA's (its bounce classifier) with the code that means the same.
constexpr std::pair<std::string_view, int> codes[] = {
    {"Undetermined", 1},
    {"Invalid Recipient", 10},
    {"Soft Bounce", 20},
    {"DNS Failure", 21},
    {"Mailbox Full", 22},
    {"Too Large", 23},
    {"Timeout", 24},
    {"Admin Failure", 25},
    {"Generic Bounce: No RCPT", 30},
    {"Generic Bounce", 40},
    {"Mail Block", 50},
    {"Spam Block", 51},
    {"Spam Content", 52},
    {"Prohibited Attachment", 53},
    {"Relaying Denied", 54},
    {"Auto-Reply", 60},
    {"Transient Failure", 70},
    {"Subscribe", 80},
    {"Unsubscribe", 90},
    {"Challenge-Response", 100},
    {"InvalidRecipient", 10},
    {"InactiveMailbox", 10},
    {"InvalidSender", 50},
    {"BadDomain", 21},
    {"DNSFailure", 21},
    {"BadConnection", 24},
    {"NoAnswerFromHost", 24},
    {"RoutingErrors", 40},
    {"ProtocolErrors", 40},
    {"ConfigurationFailure", 25},
    {"QuotaIssues", 22},
    {"MessageExpired", 24},
    {"ContentRelated", 52},
    {"SpamContent", 52},
    {"SpamBlock", 51},
    {"VirusRelated", 53},
    {"PolicyRelated", 50},
    {"AuthenticationFailed", 50},
    {"RelayDenied", 54}};

}  // namespace

int bounce_code(std::string_view classification, bool is_transient) {
  int number = 0;
  const auto* end = classification.data() + classification.size();
  if (std::from_chars(classification.data(), end, number).ptr == end && number > 0) return number;
  for (const auto& [name, code] : codes)
    if (godwit::sdk::same_name(name, classification)) return code;
  return is_transient ? transient_failure : undetermined;
}

}  // namespace ec_logger
