// Entry of the sqlite module: settings, one function, one object type. The work is in connection and
// database.

#include <godwit/godwit.hpp>

#include "database.hpp"

using namespace godwit::sdk;

namespace {

class sqlite_module final : public module {
 public:
  static const option_table& settings() {
    static const option_table table("sqlite", "SQLite databases for policies.",
                                    {
                                        option::integer("statement_cache")
                                            .fallback("32")
                                            .between(1, 10000)
                                            .means("Prepared statements kept by each open database."),
                                        option::size("max_result_size")
                                            .fallback("64MiB")
                                            .between(1024, 1LL << 40)
                                            .means("A statement whose result is larger than this fails."),
                                    });
    return table;
  }

  explicit sqlite_module(value_view settings) {
    options_.cached_statements = static_cast<std::size_t>(settings["statement_cache"].integer());
    options_.max_result_size = static_cast<std::size_t>(settings["max_result_size"].integer());
  }

  void init() override {
    metrics_ = std::make_shared<sqlite::metrics>();
    object_type<sqlite::handle>("SqliteDatabase", "A database opened by sqlite.open.");
    function("sqlite", "open")
        .text("path")
        .integer("busy_timeout_ms")
        .optional()
        .returns("SqliteDatabase")
        .does(
            "Opens or creates the database file; \":memory:\" is one in memory. Waits at most "
            "busy_timeout_ms (500) for locks.",
            [this](call& c) { open(c); });
    method("SqliteDatabase", "execute")
        .text("query")
        .rest("params")
        .suspends()
        .returns("any")
        .does(
            "Runs one statement: an array of values (one column) or of tables, or the number of rows it "
            "changed.",
            [](call& c) { execute(c); });
    method("SqliteDatabase", "close")
        .suspends()
        .does("Closes the database after the statements that wait already.", [](call& c) {
          c.object<sqlite::handle>(0).get().submit({c.defer(), {}, value()});
        });
  }

 private:
  void open(call& c) const {
    auto options = options_;
    if (c.has(1)) options.busy_timeout = std::chrono::milliseconds(c.argument(1).integer());
    auto opened = std::make_unique<sqlite::connection>(std::string(c.text(0)), options);
    auto shared = std::make_shared<sqlite::database>(std::move(opened), metrics_);
    c.answer_object("SqliteDatabase", std::make_unique<sqlite::handle>(std::move(shared)));
  }

  static void execute(call& c) {
    std::string sql(c.text(1));
    if (sql.empty()) throw failure("the statement is empty");
    auto parameters = value::array();
    for (std::size_t i = 2; i < c.size(); ++i) parameters.push(c.argument(i));
    auto& database = c.object<sqlite::handle>(0).get();
    database.submit({c.defer(), std::move(sql), std::move(parameters)});
  }

  sqlite::connection_options options_;
  std::shared_ptr<sqlite::metrics> metrics_;
};

}  // namespace

GODWIT_MODULE(sqlite_module, "sqlite", "1.0", "SQLite databases for policies.")
