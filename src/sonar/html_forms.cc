#include "sonar/html_forms.h"

#include <dlfcn.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>

#include "base/ascii.h"
#include "sonar/limits.h"

namespace candor {
namespace {

constexpr std::size_t kPieceBytes = 4096;

// What the parser tells, as it goes.
struct Reader {
  HtmlForms found;
  bool in_form = false;
  std::size_t form_bytes = 0;  // of the inputs of the form that it is in
};

class Attributes {
 public:
  explicit Attributes(const xmlChar** pairs) : pairs_(pairs) {}
  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::string text(std::string_view name) const { return value(name); }
  std::size_t size(std::string_view name) const { return std::strlen(value(name)); }

 private:
  const char* value(std::string_view name) const {
    const auto* pair = find(name);
    return pair == nullptr || pair[1] == nullptr ? "" : reinterpret_cast<const char*>(pair[1]);
  }
  const xmlChar** find(std::string_view name) const {
    for (auto* pair = pairs_; pair != nullptr && pair[0] != nullptr; pair += 2) {
      if (reinterpret_cast<const char*>(pair[0]) == name) return pair;
    }
    return nullptr;
  }
  const xmlChar** pairs_;
};

void take_input(Reader& reader, const Attributes& attributes, std::string fallback_type) {
  if (!reader.in_form) return;
  auto& form = reader.found.forms.back();
  if (form.inputs.size() >= kMaxFormInputs || attributes.has("disabled")) return;
  const auto bytes = attributes.size("name") + attributes.size("type") + attributes.size("value");
  if (reader.form_bytes + bytes > kMaxFormBytes) return;
  reader.form_bytes += bytes;
  auto type = to_lower(attributes.text("type"));
  if (type.empty()) type = std::move(fallback_type);
  form.inputs.push_back({attributes.text("name"), std::move(type), attributes.text("value"),
                         attributes.has("checked")});
}

void on_start(void* context, const xmlChar* tag, const xmlChar** pairs) {
  auto& reader = *static_cast<Reader*>(context);
  const std::string_view name = reinterpret_cast<const char*>(tag);
  const Attributes attributes(pairs);
  if (name == "form") {
    reader.in_form = reader.found.forms.size() < kMaxForms;
    reader.form_bytes = 0;
    if (reader.in_form)
      reader.found.forms.push_back(
          {attributes.text("action"), to_lower(attributes.text("method")) == "post", {}});
  } else if (name == "input") {
    take_input(reader, attributes, "text");
  } else if (name == "button") {
    take_input(reader, attributes, "submit");
  } else if (name == "base" && reader.found.base.empty()) {
    reader.found.base = attributes.text("href");
  }
}

void on_end(void* context, const xmlChar* tag) {
  if (std::string_view(reinterpret_cast<const char*>(tag)) == "form")
    static_cast<Reader*>(context)->in_form = false;
}

void say_nothing(void*, const char*, ...) {}

// What is called of libxml2. With the libraries that it needs it takes more than a megabyte, which
// agents without Sonar have no use for: so it is loaded when a page is read.
struct Library {
  decltype(&xmlInitParser) init = nullptr;
  decltype(&htmlCreatePushParserCtxt) create = nullptr;
  decltype(&htmlCtxtUseOptions) use_options = nullptr;
  decltype(&htmlParseChunk) parse = nullptr;
  decltype(&htmlFreeParserCtxt) free = nullptr;

  bool is_whole() const { return init && create && use_options && parse && free; }
};

Library load() {
  Library library;
  void* const handle = ::dlopen("libxml2.so.2", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return library;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(handle, name));
  };
  find(library.init, "xmlInitParser");
  find(library.create, "htmlCreatePushParserCtxt");
  find(library.use_options, "htmlCtxtUseOptions");
  find(library.parse, "htmlParseChunk");
  find(library.free, "htmlFreeParserCtxt");
  if (library.is_whole()) library.init();
  return library;
}

// Where the tag at the beginning ends: at a > that is in no quoted value. npos: not at all.
std::size_t end_of_tag(std::string_view tag) {
  const bool is_tag = tag.size() > 1 && to_lower(tag[1]) >= 'a' && to_lower(tag[1]) <= 'z';
  if (!is_tag) return tag.find('>');
  bool is_value = false;  // one begins here
  for (std::size_t i = 1; i < tag.size(); ++i) {
    const char c = tag[i];
    if (c == '>') return i;
    if (is_value && (c == '"' || c == '\'')) {
      i = tag.find(c, i + 1);
      if (i == std::string_view::npos) return i;
    }
    is_value = c == '=' || (is_value && (c == ' ' || c == '\t' || c == '\r' || c == '\n'));
  }
  return std::string_view::npos;
}

// Up to the first tag that is longer than any should be: the parser keeps all of one.
std::size_t readable_bytes(std::string_view page) {
  for (auto at = page.find('<'); at != std::string_view::npos;) {
    const auto tag = page.substr(at);
    // One byte more than may be, so that what is longer has no end.
    const auto end = end_of_tag(tag.substr(0, kMaxTagBytes + 1));
    if (end == std::string_view::npos && tag.size() > kMaxTagBytes) return at;
    if (end == std::string_view::npos) break;
    at = page.find('<', at + end);
  }
  return page.size();
}

bool is_user(const HtmlInput& input) {
  return input.type == "text" || input.type == "email" || input.type == "tel";
}

}  // namespace

bool HtmlForm::has_password() const {
  return std::ranges::find(inputs, "password", &HtmlInput::type) != inputs.end();
}

Result<HtmlForms> read_forms(std::string_view page) {
  static const Library library = load();
  if (!library.is_whole()) {
    return Error{ErrorKind::kUnavailable,
                 "pages cannot be read without libxml2.so.2; install the package libxml2"};
  }
  Reader reader;
  xmlSAXHandler handler{};
  handler.startElement = on_start;
  handler.endElement = on_end;
  handler.warning = say_nothing;
  handler.error = say_nothing;
  handler.fatalError = say_nothing;
  const std::unique_ptr<htmlParserCtxt, decltype(library.free)> context(
      library.create(&handler, &reader, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8), library.free);
  if (!context) return Error{ErrorKind::kUnavailable, "there is no memory to read a page"};
  library.use_options(context.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                         HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                         HTML_PARSE_IGNORE_ENC);
  page = page.substr(0, readable_bytes(page));
  for (; !page.empty() && context->nameNr < kMaxHtmlDepth;
       page.remove_prefix(std::min(kPieceBytes, page.size()))) {
    const auto size = static_cast<int>(std::min(kPieceBytes, page.size()));
    library.parse(context.get(), page.data(), size, 0);
  }
  library.parse(context.get(), nullptr, 0, 1);
  return std::move(reader.found);
}

const HtmlForm* login_form(const HtmlForms& forms) {
  for (const auto& form : forms.forms) {
    if (form.has_password()) return &form;
  }
  for (const auto& form : forms.forms) {
    if (form.is_post && std::ranges::any_of(form.inputs, is_user)) return &form;
  }
  return nullptr;
}

FormFields filled_form(const HtmlForm& form, const std::string& user, const std::string& password) {
  const auto& inputs = form.inputs;
  const auto secret = std::ranges::find(inputs, "password", &HtmlInput::type);
  // The user's is the text before the password.
  auto name = std::find_if(std::make_reverse_iterator(secret), inputs.rend(), is_user);
  const HtmlInput* user_input = name == inputs.rend() ? nullptr : &*name;
  if (secret == inputs.end() && user_input == nullptr) {
    const auto any = std::ranges::find_if(inputs, is_user);
    user_input = any == inputs.end() ? nullptr : &*any;
  }
  FormFields fields;
  bool pressed = false;
  for (const auto& input : inputs) {
    const bool is_button = input.type == "submit" || input.type == "image";
    const bool is_press = is_button && !pressed;
    pressed = pressed || is_button;
    if (input.name.empty() || input.type == "button" || input.type == "reset" ||
        input.type == "file" || (is_button && !is_press))
      continue;
    if ((input.type == "checkbox" || input.type == "radio") && !input.checked) continue;
    const auto& value = &input == user_input                           ? user
                        : secret != inputs.end() && &input == &*secret ? password
                                                                       : input.value;
    const bool is_mark = input.type == "checkbox" && value.empty();
    fields.emplace_back(input.name, is_mark ? "on" : value);
  }
  return fields;
}

}  // namespace candor
