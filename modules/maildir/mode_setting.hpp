#pragma once
// dir_mode and file_mode: a text is octal ("0775"), a number is the mode itself, as KumoMTA has it (Lua: tonumber('775', 8)).

#include <godwit/value.hpp>

#include "mail_directory.hpp"

namespace maildir {

/// Of the table maildir_path stands in. Throws godwit::sdk::failure, with the option's name, for what is no mode or would
/// keep the server itself out: directories it has to enter and fill, files it has to read and write.
modes read_modes(godwit::sdk::value_view settings);

}  // namespace maildir
