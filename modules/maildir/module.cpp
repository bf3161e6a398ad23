// Delivery into maildirs, as KumoMTA's protocol { maildir_path, dir_mode, file_mode } has it.

#include <godwit/godwit.hpp>

#include <fmt/format.h>

#include "mail_directory.hpp"
#include "mode_setting.hpp"
#include "path_template.hpp"

using namespace godwit::sdk;

namespace {

constexpr auto retry_after = std::chrono::minutes(1);  // the reference's; the queue's own schedule does not apply
constexpr std::uint32_t batch = 16;

const option_table& protocol_options() {
  static const option_table table(
      "make_queue_config.protocol.maildir", "Delivery into a maildir.",
      {
          option::text("maildir_path").required().means("Path of the maildir, with {{ variables }}."),
          option::any("dir_mode").means("Mode of created directories: octal text (\"0775\") or a number; none: by the umask."),
          option::any("file_mode").means("Mode of created files: octal text (\"0664\") or a number; none: by the umask."),
      });
  return table;
}

void check(value_view settings) {
  maildir::path_template(settings["maildir_path"].text());
  maildir::read_modes(settings);
}

class maildir_module final : public module {
 public:
  void init() override {
    delivered_ = counter("godwit_maildir_delivered_total", "Messages written to maildirs, by recipient.");
    failed_ = counter("godwit_maildir_failed_total", "Messages that could not be written, by recipient and attempt.");
    delivery_agent("maildir")
        .logged_as("Maildir")
        .options_inline(protocol_options())
        .labelled_by("maildir_path")
        .batch(batch)
        .checks(check)
        .delivers("Writes messages into maildirs.", [this](const delivery_ref& d) {
          run_job([this, d] { deliver(*d); }, [] {});
        });
  }

 private:
  /// On a thread of the blocking pool.
  void deliver(delivery& d) {
    const auto settings = d.session().settings();
    const maildir::path_template path(settings["maildir_path"].text());
    const auto modes = maildir::read_modes(settings);
    for (std::size_t i = 0; i < d.size(); ++i) {
      const auto m = d.message(i);
      for (std::size_t r = 0; r < m.recipient_count(); ++r)
        d.settle(i, static_cast<std::int64_t>(r), store(m, m.recipient(r), path, modes));
    }
  }

  outcome store(message_view m, std::string_view recipient, const maildir::path_template& path,
                const maildir::modes& modes) {
    try {
      const maildir::mail_directory where(path.expand(maildir::variables(m, recipient)), modes, directories_);
      const auto name = where.store(m.data());
      delivered_.add();
      return outcome::delivered("wrote to maildir with id=" + name, 200);
    } catch (const maildir::unsafe_value& e) {
      failed_.add();
      return outcome::permanent(e.what(), 553).with_enhanced(5, 1, 3);
    } catch (const std::system_error& e) {
      failed_.add();
      if (e.code().value() == ENAMETOOLONG) return outcome::permanent(e.what(), 553).with_enhanced(5, 1, 3);
      return outcome::transient(fmt::format("failed to write to maildir: {}", e.what()), 400).again_after(retry_after);
    } catch (const std::exception& e) {
      failed_.add();
      return outcome::transient(fmt::format("failed to write to maildir: {}", e.what()), 400).again_after(retry_after);
    }
  }

  maildir::durable_directories directories_;
  counter delivered_, failed_;
};

}  // namespace

GODWIT_MODULE(maildir_module, "maildir", "1.0", "Delivery into maildirs.")
