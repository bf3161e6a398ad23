#include "dns/backend.hpp"
#include "dns/zone.hpp"

namespace godwit::dns {

namespace {

constexpr int max_aliases = 8;

class zone_backend : public backend {
 public:
  zone_backend(std::vector<zone> zones, std::unique_ptr<backend> rest) : zones_(std::move(zones)), rest_(std::move(rest)) {}

  void ask(const std::string& name, unsigned record_type, reply done) override {
    std::string target = name;
    auto ttl = std::chrono::seconds::max();
    for (int hops = 0; hops <= max_aliases; ++hops) {
      const auto* z = zone_of(target);
      if (!z) return ask_rest(target, record_type, std::move(done));
      std::string alias;
      auto found = z->find(target, record_type, alias);
      ttl = std::min(ttl, found.ttl);
      if (alias.empty()) {
        found.ttl = ttl;
        return done(std::move(found));
      }
      target = std::move(alias);
    }
    done(fail("{} leads through more than {} aliases", name, max_aliases));
  }

 private:
  const zone* zone_of(std::string_view name) const {
    const zone* best = nullptr;
    for (const auto& z : zones_) {
      if (z.covers(name) && (!best || z.apex().size() > best->apex().size())) best = &z;
    }
    return best;
  }

  void ask_rest(const std::string& name, unsigned record_type, reply done) {
    if (rest_) return rest_->ask(name, record_type, std::move(done));
    answer nothing;
    nothing.exists = false;
    done(std::move(nothing));
  }

  std::vector<zone> zones_;
  std::unique_ptr<backend> rest_;
};

}  // namespace

result<std::unique_ptr<backend>> make_zone_backend(const std::vector<std::string>& zones, std::unique_ptr<backend> rest) {
  std::vector<zone> parsed;
  for (const auto& text : zones) {
    auto z = zone::parse(text);
    if (!z) return z.why();
    parsed.push_back(std::move(*z));
  }
  return std::unique_ptr<backend>(std::make_unique<zone_backend>(std::move(parsed), std::move(rest)));
}

}  // namespace godwit::dns
