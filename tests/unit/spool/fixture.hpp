#pragma once
// A spool in a directory of its own, with loops and a pool, for the tests of this folder.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>
#include <doctest/doctest.h>

#include "rt/blocking_pool.hpp"
#include "rt/loop.hpp"
#include "spool/spool.hpp"
#include "support/eventually.hpp"

namespace godwit::test {

using testing::eventually;

class directory {
 public:
  explicit directory(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string name = (parent / "godwit-spool-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~directory() { std::filesystem::remove_all(path_); }
  std::filesystem::path path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct kinds {
  spool::store_kind data, meta;
};

class spool_fixture {
 public:
  explicit spool_fixture(kinds k, bool flush = true) : kinds_(k), flush_(flush) {
    loops_.start();
    open();
  }
  ~spool_fixture() { spool_.reset(); }

  void open() {
    auto opened = spool::open({options("data", kinds_.data), options("meta", kinds_.meta)}, pool_);
    INFO((opened ? std::string() : opened.why().text));
    REQUIRE(opened.ok());
    spool_ = std::move(*opened);
  }
  void reopen() {
    spool_->close();
    spool_.reset();
    open();
  }

  spool::store_options options(const std::string& name, spool::store_kind kind) const {
    spool::store_options o;
    o.name = name;
    o.path = (directory_.path() / name).string();
    o.kind = kind;
    o.flush = flush_;
    o.rocks_params = limits;
    o.min_free_space = o.min_free_inodes = {.is_percent = false, .amount = 0};
    return o;
  }

  /// Runs a coroutine on a loop and waits for its result.
  template <class F>
  auto run(F body, std::size_t on = 0) {
    std::optional<typename std::invoke_result_t<F>::value_type> out;
    const auto wrapped = [&]() -> rt::task<> { out.emplace(co_await body()); };
    asio::co_spawn(loops_.at(on).io(), wrapped, asio::use_future).get();
    return std::move(*out);
  }
  result<void> store(mail::message& m) {
    return run([&]() -> rt::task<result<void>> { co_return co_await spool_->store(m); });
  }
  result<void> store_all(std::vector<mail::message*> all) {
    return run([&]() -> rt::task<result<void>> { co_return co_await spool_->store_all(all); });
  }
  result<void> load_data(mail::message& m) {
    return run([&]() -> rt::task<result<void>> { co_return co_await spool_->load_data(m); });
  }
  result<mail::message_ref> load_meta(const uuid& id) {
    return run([&]() -> rt::task<result<mail::message_ref>> { co_return co_await spool_->load_meta(id); });
  }
  std::vector<mail::message_ref> enumerate() {
    std::vector<mail::message_ref> found;
    auto count = run([&]() -> rt::task<result<std::size_t>> {
      co_return co_await spool_->enumerate([&](mail::message_ref m) { found.push_back(std::move(m)); });
    });
    REQUIRE(count.ok());
    CHECK(*count == found.size());
    return found;
  }

  spool::spool& spool() { return *spool_; }
  rt::loop_group& loops() { return loops_; }
  std::filesystem::path path() const { return directory_.path(); }

  spool::rocks_options limits;  ///< from the next open() on

 private:
  kinds kinds_;
  bool flush_;
  directory directory_;
  rt::loop_group loops_{2};
  rt::blocking_pool pool_{"spool-test", 2};
  std::unique_ptr<spool::spool> spool_;
};

inline mail::address address(const std::string& text) {
  auto parsed = mail::address::parse(text);
  REQUIRE(parsed.ok());
  return *parsed;
}

inline mail::message_ref message(const mail::body_ref& body, const std::string& to = "b@example.com") {
  auto m = std::make_shared<mail::message>(uuid::make_v1(), address("a@example.org"),
                                           std::vector<mail::address>{address(to)});
  m->content.base = body;
  return m;
}
inline mail::message_ref message(std::string bytes) { return message(mail::make_body(std::move(bytes))); }

inline std::size_t count_files(const std::filesystem::path& below) {
  std::size_t n = 0;
  for (const auto& e : std::filesystem::recursive_directory_iterator(below)) n += e.is_regular_file();
  return n;
}

}  // namespace godwit::test
