#pragma once
// Templates of registry.hpp.

namespace godwit::lua {

template <class F>
module& module::function(std::string name, std::vector<std::string> parameters, std::string summary, F f) {
  function_decl d;
  d.full_name = name_ + "." + name;
  d.signature = detail::signature_of<F, false>(std::move(parameters), d.full_name);
  d.body = detail::bind<F, false>(std::move(f));
  d.name = std::move(name);
  d.summary = std::move(summary);
  functions_.push_back(std::move(d));
  return *this;
}

template <class T>
type_builder<T> module::type(std::string summary) {
  return type_builder<T>(add_type(tag_of<T>(), std::move(summary)));
}

template <class T>
type_builder<T> module::extend() {
  return type_builder<T>(add_extension(tag_of<T>()));
}

template <class T>
template <class F>
type_builder<T>& type_builder<T>::method(std::string name, std::vector<std::string> parameters,
                                         std::string summary, F f) {
  function_decl d;
  d.full_name = body_.tag->name + ":" + name;
  d.signature = detail::signature_of<F, true>(std::move(parameters), d.full_name);
  d.body = detail::bind<F, true>(std::move(f));
  d.name = std::move(name);
  d.summary = std::move(summary);
  body_.methods.push_back(std::move(d));
  return *this;
}

template <class T>
template <class F>
type_builder<T>& type_builder<T>::meta(std::string name, F f) {
  function_decl d;
  d.full_name = body_.tag->name + "." + name;
  d.body = detail::bind<F, true>(std::move(f));
  d.name = std::move(name);
  body_.metamethods.push_back(std::move(d));
  return *this;
}

template <class T>
template <class F>
type_builder<T>& type_builder<T>::field(std::string name, std::string summary, F read) {
  field_decl d;
  d.read.full_name = body_.tag->name + "." + name;
  d.read.body = detail::bind<F, true>(std::move(read));
  d.type = detail::result_pusher<typename detail::callable_traits<F>::result>::specs().front();
  d.name = std::move(name);
  d.summary = std::move(summary);
  body_.fields.push_back(std::move(d));
  return *this;
}

template <class T>
template <class F, class W>
type_builder<T>& type_builder<T>::field(std::string name, std::string summary, F read, W write) {
  field(std::move(name), std::move(summary), std::move(read));
  field_decl& d = body_.fields.back();
  d.write.full_name = d.read.full_name;
  d.write.signature.parameters = {{"value", d.type, false}};
  d.write.body = detail::bind<W, true>(std::move(write));
  return *this;
}

template <class T>
template <class F>
type_builder<T>& type_builder<T>::like_table(F to_value) {
  body_.is_like_table = true;
  return as_data(std::move(to_value));
}

template <class T>
template <class F>
type_builder<T>& type_builder<T>::as_data(F to_value) {
  body_.to_value = [f = std::move(to_value)](const std::shared_ptr<void>& p) {
    return f(*static_cast<const T*>(p.get()));
  };
  return *this;
}

}  // namespace godwit::lua
