#pragma once
// What a command is: declared once, by core or a module. The registry finds it, `arguments` reads its words, `output`
// renders what it answers, help and the reference page print it.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"
#include "rt/task.hpp"

namespace godwit::control {

/// Who may run a command; each role may do what those before it may.
enum class role : std::uint8_t { none, reader, mail_operator, admin };
std::string_view role_name(role r);  ///< "none", "reader", "operator", "admin"

/// The type of a word. queue, domain, module (one that is loaded) and absent_module (one that could be) are texts with a completer of
/// their own. rest and command take all that follows; command is the beginning of a command's name.
enum class word_type : std::uint8_t {
  text, integer, duration, boolean, choice, page, queue, domain, module, absent_module, command, rest
};
bool takes_rest(word_type t);

struct parameter {
  std::string name;
  word_type type = word_type::text;
  bool is_optional = false;
  std::string meaning = {};
  std::vector<std::string> choices = {};  ///< all that word_type::choice takes; for others what Tab offers
};

/// "--limit N", "-l N", "--limit=N", or a switch when it takes no words.
struct flag {
  std::string name;  ///< without dashes
  char letter = 0;   ///< 0: none
  std::vector<parameter> words = {};
  std::string meaning = {};
  bool is_repeatable = false;
};

struct column {
  std::string key;    ///< in JSON
  std::string title;  ///< over the column of a table, before the value of a record
};

/// How what a command answers is shown. `line` and `total` are texts with {key} in place of values: "Domain: {domain}".
struct result_shape {
  enum class kind : std::uint8_t { text, list, record, table };
  kind what = kind::text;
  std::vector<column> columns = {};  ///< of the rows, or the members of the record that have a title
  std::string line = {};        ///< instead of aligned columns
  std::string total = {};       ///< of output::total()
};

class arguments;
class output;

struct caller {
  std::string user;
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
  control::role role = role::none;
};

/// One run of a command; lives as long as the handler's coroutine.
struct invocation {
  const arguments& args;
  output& out;
  const control::caller& by;
};

/// Runs on the control server's loop. An error fails the command and is what the operator reads. It is cancelled
/// (Ctrl-C, connection gone) at its next co_await.
using command_handler = std::function<rt::task<result<void>>(invocation)>;

struct command {
  std::string name;  ///< words, one space between: "message details"
  std::string summary = {};
  control::role role = role::reader;
  std::vector<parameter> parameters = {};
  std::vector<flag> flags = {};
  result_shape shape = {};
  command_handler handler = {};
  std::string help = {};  ///< more than the summary; may be empty

  /// "message details [full|body] message_id"
  std::string usage() const;
};

std::string describe(const parameter& p);  ///< "[full|body]", "message_id"
std::string describe(const flag& f);       ///< "[--limit N]"

}  // namespace godwit::control
