#include "lua/registry.hpp"

#include <algorithm>
#include <set>

#include "lua/catalogue.hpp"

namespace godwit::lua {

const field_decl* catalogue::type_entry::find_field(std::string_view name) const {
  const auto at = std::ranges::find_if(fields, [&](const auto& f) { return f->name == name; });
  return at == fields.end() ? nullptr : at->get();
}

const catalogue::type_entry* catalogue::find_type(const type_tag& tag) const {
  const auto at = types.find(&tag);
  return at == types.end() ? nullptr : &at->second;
}

namespace {

struct declaration {
  std::string owner;
  std::shared_ptr<const module> content;
};

template <class D>
void add_shared(catalogue::owned<D>& all, const std::shared_ptr<const module>& m, const D& d) {
  all.push_back(std::shared_ptr<const D>(m, &d));  // shares the module's life
}

void add_functions(catalogue::module_entry& entry, const std::shared_ptr<const module>& m) {
  for (const auto& f : m->functions()) {
    const auto same = [&](const auto& known) { return known->name == f.name; };
    const auto at = std::ranges::find_if(entry.functions, same);
    if (at == entry.functions.end())
      add_shared(entry.functions, m, f);
    else if (!(*at)->provider.empty())
      *at = std::shared_ptr<const function_decl>(m, &f);
  }
}

void add_type(catalogue& all, const std::shared_ptr<const module>& m, const type_body& t) {
  auto& entry = all.types[t.tag];
  entry.tag = t.tag;
  if (!t.is_extension) {
    entry.module = m->name();
    entry.summary = t.summary;
    entry.to_value = t.to_value;
    entry.is_like_table = t.is_like_table;
  }
  for (const auto& f : t.methods) add_shared(entry.methods, m, f);
  for (const auto& f : t.metamethods) add_shared(entry.metamethods, m, f);
  for (const auto& f : t.fields) add_shared(entry.fields, m, f);
}

std::shared_ptr<const catalogue> build(const std::vector<declaration>& all) {
  auto result = std::make_shared<catalogue>();
  for (const auto& d : all) {
    auto& entry = result->modules[d.content->name()];
    if (entry.summary.empty()) entry.summary = d.content->summary();
    add_functions(entry, d.content);
    for (const auto& c : d.content->constants()) entry.constants.push_back(c);
    for (const auto& t : d.content->types()) add_type(*result, d.content, *t);
  }
  // A module "kumo.dns" makes "kumo" a module too.
  std::vector<std::string> parents;
  for (const auto& [name, unused] : result->modules) {
    for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
      parents.push_back(name.substr(0, dot));
  }
  for (const auto& p : parents) result->modules[p];
  return result;
}

error taken(const std::string& name, const std::string& by) {
  return fail("{} is declared already by {}", name, by);
}

result<void> check_functions(const catalogue& known, const module& m) {
  std::set<std::string> own;
  const auto at = known.modules.find(m.name());
  for (const auto& f : m.functions()) {
    if (!own.insert(f.name).second) return taken(f.full_name, "the same declaration");
    if (at == known.modules.end()) continue;
    for (const auto& other : at->second.functions) {
      if (other->name == f.name && other->provider.empty() && f.provider.empty())
        return taken(f.full_name, other->owner);
    }
  }
  return {};
}

result<void> check_type(const catalogue& known, const type_body& t) {
  for (const auto& [tag, entry] : known.types) {
    if (tag == t.tag && !t.is_extension && !entry.module.empty())
      return taken("type " + t.tag->name, entry.module);
    if (tag != t.tag && tag->name == t.tag->name) return taken("type " + t.tag->name, entry.module);
    if (tag != t.tag) continue;
    for (const auto& f : t.methods) {
      for (const auto& other : entry.methods) {
        if (other->name == f.name) return taken(f.full_name, other->owner);
      }
    }
  }
  return {};
}

}  // namespace

struct registry::impl {
  struct contents {
    std::vector<declaration> declarations;
    std::shared_ptr<const catalogue> all = std::make_shared<catalogue>();

    result<void> add(std::string owner, module m);
    void remove(std::string_view owner);
  };
  mutable std::mutex mutex;
  contents current;
  std::function<bool(std::string_view)> loader;
};

result<void> registry::impl::contents::add(std::string owner, module m) {
  if (auto ok = check_functions(*all, m); !ok) return ok;
  for (const auto& t : m.types()) {
    if (auto ok = check_type(*all, *t); !ok) return ok;
  }
  for (auto& f : m.functions_) f.owner = owner;
  for (auto& t : m.types_) {
    for (auto& f : t->methods) f.owner = owner;
  }
  declarations.push_back({std::move(owner), std::make_shared<const module>(std::move(m))});
  all = build(declarations);
  return {};
}

void registry::impl::contents::remove(std::string_view owner) {
  std::erase_if(declarations, [&](const declaration& d) { return d.owner == owner; });
  all = build(declarations);
}

registry::registry() : impl_(std::make_unique<impl>()) {}
registry::~registry() = default;

result<void> registry::add(std::string owner, module m) {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->current.add(std::move(owner), std::move(m));
}

result<void> registry::replace_owner(std::string_view owner, std::vector<module> fresh) {
  const std::scoped_lock lock(impl_->mutex);
  auto next = impl_->current;
  next.remove(owner);
  for (auto& m : fresh)
    if (auto ok = next.add(std::string(owner), std::move(m)); !ok) return ok;
  impl_->current = std::move(next);
  return {};
}

void registry::set_loader(std::function<bool(std::string_view)> loader) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->loader = std::move(loader);
}

bool registry::load(std::string_view module_name) {
  std::function<bool(std::string_view)> loader;
  {
    const std::scoped_lock lock(impl_->mutex);
    loader = impl_->loader;
  }
  return loader && loader(module_name);  // unlocked: it calls add()
}

std::shared_ptr<const catalogue> registry::snapshot() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->current.all;
}

const type_tag* registry::find_type(std::string_view name) const {
  const auto all = snapshot();
  for (const auto& [tag, unused] : all->types) {
    if (tag->name == name) return tag;
  }
  return nullptr;
}

}  // namespace godwit::lua
