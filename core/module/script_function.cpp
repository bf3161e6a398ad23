#include "module/script_function.hpp"

#include <algorithm>
#include <cstring>

#include "lua/callable.hpp"
#include "module/call.hpp"
#include "module/script_request.hpp"

namespace godwit::module {

namespace {

using lua::type_spec;

struct declared_parameter {
  std::string name;
  int32_t type = GODWIT_PARAMETER_ANY;
  bool is_optional = false;
  bool is_rest = false;
  const lua::type_tag* tag = nullptr;
  std::shared_ptr<const option_schema> schema;
};

/// Shared by all calls; immutable.
struct script_function {
  std::shared_ptr<godwit_instance> owner;
  std::string full_name;
  std::vector<declared_parameter> parameters;  ///< self first for a method
  std::uint32_t flags = 0;
  bool has_objects = false;  ///< takes or gives objects of its module
  godwit_handler handler = nullptr;
  void* context = nullptr;

  /// The last parameter goes on when it stands for the rest; null beyond the end.
  const declared_parameter* parameter_at(std::size_t index) const {
    if (index < parameters.size()) return &parameters[index];
    return !parameters.empty() && parameters.back().is_rest ? &parameters.back() : nullptr;
  }
  call_argument take(const declared_parameter& p, lua::any&& a) const;
  call_argument take_data(const declared_parameter& p, value&& v) const;
  bool is_of_former_code(const lua::object_ref& ref) const;
};

/// Keeps the code of an object's module mapped until the last script let go of the object.
struct object_deleter {
  void (*destroy)(void* object);
  std::shared_ptr<godwit_instance> owner;
  void operator()(void* object) const { destroy(object); }
};

/// Scripts may keep objects longer than a module stays loaded (kumo.memoize); new code cannot know the layout of old objects.
bool script_function::is_of_former_code(const lua::object_ref& ref) const {
  const auto* made_by = std::get_deleter<object_deleter>(ref.pointer);
  return made_by != nullptr && made_by->owner != owner && made_by->owner->id.name == owner->id.name;
}

constexpr std::string_view message_type = "Message";
constexpr std::string_view connection_type = "ConnectionMeta";

/// Data that is checked here and not by the registry, under its own name in listings.
type_spec noted(std::string_view name) {
  type_spec s;
  s.note = name;
  return s;
}

type_spec spec_of(const godwit_parameter& p, declared_parameter& d) {
  using kind = type_spec::kind;
  switch (p.type) {
    case GODWIT_PARAMETER_BOOLEAN:
      return type_spec::of(kind::boolean);
    case GODWIT_PARAMETER_INTEGER:
      return type_spec::of(kind::integer);
    case GODWIT_PARAMETER_NUMBER:
      return type_spec::of(kind::number);
    case GODWIT_PARAMETER_TEXT:
      return type_spec::of(kind::string);
    case GODWIT_PARAMETER_TABLE:
      return noted("table");
    case GODWIT_PARAMETER_DURATION:
      return noted("duration");
    case GODWIT_PARAMETER_OPTIONS:
      return noted(d.schema->name());
    case GODWIT_PARAMETER_MESSAGE:
    case GODWIT_PARAMETER_CONNECTION:
    case GODWIT_PARAMETER_OBJECT:
      return type_spec::object_of(*d.tag);
    default:
      return {};
  }
}

declared_parameter declared(godwit_instance& owner, const godwit_parameter& p) {
  declared_parameter d;
  d.name = view(p.name);
  d.type = p.type;
  d.is_rest = (p.flags & GODWIT_PARAMETER_REST) != 0;
  d.is_optional = d.is_rest || (p.flags & GODWIT_PARAMETER_OPTIONAL) != 0;
  if (p.type == GODWIT_PARAMETER_MESSAGE) d.tag = &owner.host->tag(message_type);
  if (p.type == GODWIT_PARAMETER_CONNECTION) d.tag = &owner.host->tag(connection_type);
  if (p.type == GODWIT_PARAMETER_OBJECT) d.tag = &owner.host->tag(view(p.object));
  if (p.type == GODWIT_PARAMETER_OPTIONS) d.schema = owner.schema(p.table);
  return d;
}

[[noreturn]] void refuse(const script_function& f, const declared_parameter& p, std::string_view why) {
  throw std::runtime_error(fmt::format("bad argument '{}' to '{}' ({})", p.name, f.full_name, why));
}

call_argument script_function::take_data(const declared_parameter& p, value&& v) const {
  if (v.is_null() && !p.is_optional && p.type != GODWIT_PARAMETER_ANY)
    refuse(*this, p,
           fmt::format("{} expected, got nil", p.type == GODWIT_PARAMETER_DURATION ? "duration" : "table"));
  if (v.is_null()) return call_argument::of(std::move(v));
  if (p.schema) {
    config::problems found;
    auto normalised = p.schema->parse(v, found);
    if (!found.empty())
      throw std::runtime_error(fmt::format("{}: {}", p.schema->name(), config::describe(found)));
    return call_argument::of(std::move(normalised));
  }
  if (p.type == GODWIT_PARAMETER_TABLE && !v.is_array() && !v.is_object())
    refuse(*this, p, fmt::format("table expected, got {}", v.type_name()));
  if (p.type == GODWIT_PARAMETER_DURATION) {
    config::problems found;
    duration d{};
    config::codec<duration>::read(d, v, found, p.name);
    if (!found.empty()) refuse(*this, p, found.front().text);
    return call_argument::of(value(static_cast<std::int64_t>(d.count())));
  }
  return call_argument::of(std::move(v));
}

call_argument script_function::take(const declared_parameter& p, lua::any&& a) const {
  if (auto* v = std::get_if<value>(&a)) return take_data(p, std::move(*v));
  auto* ref = std::get_if<lua::object_ref>(&a);
  if (ref == nullptr) refuse(*this, p, "a list of objects cannot be given to this function");
  if (p.type == GODWIT_PARAMETER_MESSAGE)
    return call_argument::of(std::static_pointer_cast<mail::message>(std::move(ref->pointer)));
  if (p.type == GODWIT_PARAMETER_CONNECTION)
    return call_argument::of(std::static_pointer_cast<mail::connection_context>(std::move(ref->pointer)));
  if (ref->tag != p.tag) refuse(*this, p, fmt::format("data expected, got {}", ref->tag->name));
  if (is_of_former_code(*ref))
    refuse(*this, p, fmt::format("this {} was made before module {} was loaded anew: make it again", ref->tag->name, owner->id.name));
  return call_argument::of_object(std::move(ref->pointer));
}

std::vector<lua::any> results_of(call_state& state) {
  if (auto* f = std::get_if<failed_answer>(&state.answer)) throw std::runtime_error(f->text);
  if (auto* v = std::get_if<hook::verdict>(&state.answer)) {
    using closing = lua::rejection::closing;
    if (v->what == hook::verdict::kind::reject) throw lua::rejection(v->code, v->text);
    if (v->what == hook::verdict::kind::disconnect)
      throw lua::rejection(v->code, v->text, static_cast<closing>(static_cast<int>(v->mode) + 1));
    return {};
  }
  std::vector<lua::any> results;
  if (auto* v = std::get_if<value>(&state.answer)) results.emplace_back(std::move(*v));
  if (auto* o = std::get_if<lua::object_ref>(&state.answer)) results.emplace_back(std::move(*o));
  return results;
}

rt::task<std::vector<lua::any>> finish(std::shared_ptr<const script_function> f,
                                       std::shared_ptr<call_state> state, bool is_entered) {
  if (!is_entered) {
    co_await load_message_data(state);
    enter_handler(state, f->handler, f->context);
  }
  if (state->is_deferred) co_await wait_for_answer(state);
  co_return results_of(*state);
}

/// Being reloaded: the new instance's function of that name, as soon as it can.
rt::task<std::vector<lua::any>> leave_to_successor(std::shared_ptr<const script_function> f, lua::vm& vm, std::vector<lua::any> args) {
  const auto next = co_await f->owner->heir->function(f->full_name);
  if (!next) throw std::runtime_error(fmt::format("{}: module {} has it no more", f->full_name, f->owner->id.name));
  auto answer = next(vm, std::move(args));
  if (auto* ready = answer.ready()) co_return std::move(*ready);
  co_return co_await std::move(answer.later());
}

lua::maybe<std::vector<lua::any>> call(const std::shared_ptr<const script_function>& f, lua::vm& vm,
                                       std::vector<lua::any> args) {
  auto* loop = rt::loop::current();
  if (loop == nullptr) loop = &f->owner->host->services.loops.at(0);
  auto state = std::make_shared<call_state>(f->owner, f->full_name, loop->get_executor());
  if (!state->use && is_held_by_request(vm, *f->owner)) state->use = usage::as_part(f->owner);
  if (!state->use && f->owner->heir) return leave_to_successor(f, vm, std::move(args));
  if (!state->use)
    throw std::runtime_error(fmt::format("{}: module {} is being unloaded", f->full_name, f->owner->id.name));
  if (f->has_objects) hold_for_request(vm, f->owner);
  state->arguments.reserve(args.size());
  for (auto& a : args) {
    const auto* p = f->parameter_at(state->arguments.size());
    if (p == nullptr) break;
    state->arguments.push_back(f->take(*p, std::move(a)));
  }
  if ((f->flags & GODWIT_NEEDS_DATA) != 0 && needs_loading(*state)) return finish(f, std::move(state), false);
  enter_handler(state, f->handler, f->context);
  if (state->is_deferred && !state->is_answered) return finish(f, std::move(state), true);
  return results_of(*state);
}

/// Where methods of `object` are declared: with the type itself when it is this module's, else as an
/// extension of it.
lua::type_body& body_for(godwit_instance& owner, std::string_view object, const lua::type_tag& tag) {
  auto& module = owner.script_module(owner.id.name);
  for (const auto& body : module.types())
    if (body->tag == &tag) return *body;
  const auto own = owner.object_kinds.find(object);
  return own != owner.object_kinds.end() ? module.add_type(tag, owner.id.summary) : module.add_extension(tag);
}

type_spec result_spec(godwit_instance& owner, std::string_view returns) {
  const auto own = owner.object_kinds.find(returns);
  if (own != owner.object_kinds.end()) return type_spec::object_of(*own->second.tag);
  return noted(returns);
}

lua::signature read_parameters(godwit_instance& owner, const godwit_function& f, script_function& made) {
  lua::signature s;
  const auto* at = reinterpret_cast<const char*>(f.parameters);
  for (std::uint64_t i = 0; i < f.parameter_count; ++i, at += f.parameter_size) {
    godwit_parameter p{};
    std::memcpy(&p, at, std::min<std::size_t>(f.parameter_size, sizeof(p)));
    auto d = declared(owner, p);
    auto spec = spec_of(p, d);
    if (d.is_optional) spec = spec.optional();
    s.parameters.push_back({d.name, std::move(spec), d.is_rest});
    made.parameters.push_back(std::move(d));
  }
  if (f.returns.size > 0) s.results.push_back(result_spec(owner, view(f.returns)));
  s.suspends = (f.flags & GODWIT_SUSPENDS) != 0;
  return s;
}

declared_parameter self_parameter(godwit_instance& owner, std::string_view object) {
  declared_parameter d;
  d.name = "self";
  d.type = GODWIT_PARAMETER_OBJECT;
  d.tag = &owner.host->tag(object);
  if (object == message_type) d.type = GODWIT_PARAMETER_MESSAGE;
  if (object == connection_type) d.type = GODWIT_PARAMETER_CONNECTION;
  return d;
}

bool has_own_objects(const godwit_instance& owner, const godwit_function& f, const script_function& made) {
  const auto is_own = [&](const declared_parameter& p) { return owner.object_kinds.contains(p.tag ? p.tag->name : std::string()); };
  return owner.object_kinds.contains(view(f.returns)) || std::ranges::any_of(made.parameters, is_own);
}

}  // namespace

result<void> declare_function(const std::shared_ptr<godwit_instance>& owner, const godwit_function& f) {
  if (f.handler == nullptr || f.name.size == 0) return fail("a function needs a name and a handler");
  const auto object = view(f.object), module_name = view(f.module), name = view(f.name);
  auto made = std::make_shared<script_function>();
  made->owner = owner;
  made->full_name =
      object.empty() ? fmt::format("{}.{}", module_name, name) : fmt::format("{}:{}", object, name);
  made->flags = f.flags;
  made->handler = f.handler;
  made->context = f.context;
  if (!object.empty()) made->parameters.push_back(self_parameter(*owner, object));
  auto signature = read_parameters(*owner, f, *made);
  for (std::size_t i = 0; i + 1 < made->parameters.size(); ++i)
    if (made->parameters[i].is_rest)
      return fail("{}: parameter '{}' takes the rest, so it must be the last", made->full_name,
                  made->parameters[i].name);
  made->has_objects = has_own_objects(*owner, f, *made);
  const script_body plain = [made = std::shared_ptr<const script_function>(made)](lua::vm& vm, std::vector<lua::any> args) {
    return call(made, vm, std::move(args));
  };
  owner->bodies[made->full_name] = plain;
  lua::erased_body body = [plain](lua::context& c, std::vector<lua::any> args) { return plain(c.vm, std::move(args)); };
  const std::string summary(view(f.summary));
  if (object.empty()) {
    owner->script_module(module_name)
        .add_function(std::string(name), std::move(signature), summary, std::move(body));
  } else {
    auto& type = body_for(*owner, object, *made->parameters.front().tag);
    lua::module::add_method(type, std::string(name), std::move(signature), summary, std::move(body));
  }
  return {};
}

result<void> declare_object_type(const std::shared_ptr<godwit_instance>& owner, const godwit_object_type& t) {
  const std::string name(view(t.name));
  if (name.empty() || t.destroy == nullptr) return fail("an object type needs a name and a destroy function");
  const auto& tag = owner->host->tag(name);
  owner->object_kinds[name] = {&tag, t.destroy};
  owner->script_module(owner->id.name).add_type(tag, std::string(view(t.summary)));
  return {};
}

result<lua::object_ref> make_script_object(const std::shared_ptr<godwit_instance>& owner,
                                           std::string_view type, void* object) {
  const auto known = owner->object_kinds.find(type);
  if (known == owner->object_kinds.end())
    return fail("module {} declared no object type '{}'", owner->id.name, type);
  std::shared_ptr<void> held(object, object_deleter{known->second.destroy, owner});
  return lua::object_ref{known->second.tag, std::move(held)};
}

result<void> publish_declarations(godwit_instance& owner) {
  std::vector<lua::module> all;
  for (auto& [name, module] : owner.declared) all.push_back(std::move(module));
  owner.declared.clear();
  return owner.host->services.scripts.replace_owner(owner.id.name, std::move(all));
}

}  // namespace godwit::module
