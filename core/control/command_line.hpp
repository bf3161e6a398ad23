#pragma once
// A command line as words: white space separates, quotes hold together. Pure; input is an operator's bytes.
//   'as it is'   "with \" \\ \n \t"   a\ b

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace godwit::control {

struct word {
  std::string text;
  bool is_quoted = false;  ///< some part was: then it is no flag
  std::size_t begin = 0;   ///< byte offset in the line
};

/// An error says which quote is open.
result<std::vector<word>> split_line(std::string_view line);
/// Same, for completion: what is open is taken as ended at the end of the line.
std::vector<word> split_partial(std::string_view line);
/// `text` as split_line() reads it back, quoted only when it has to be.
std::string quote_word(std::string_view text);

}  // namespace godwit::control
