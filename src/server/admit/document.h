// The JSON of a request's body, parsed by simdjson. Small documents share a parser a thread; a
// large one has its own.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace candor {

// Valid until the next one is parsed on the same thread. One thread.
class JsonDocument {
 public:
  // kBadData with a sentence for what is no JSON object, no UTF-8, or nested deeper than
  // kMaxDocumentDepth. `text` may go afterwards.
  static Result<JsonDocument> parse(std::string_view text);

  const simdjson::dom::object& root() const { return root_; }
  const simdjson::dom::element& element() const { return element_; }  // the same

 private:
  JsonDocument() = default;

  struct GiveBack {
    void operator()(simdjson::dom::parser* parser) const;
  };

  std::unique_ptr<simdjson::dom::parser, GiveBack> own_;  // of a large document
  simdjson::dom::element element_;
  simdjson::dom::object root_;
};

// Members of an object; of several with one name, the first. Nothing, an empty text, 0 or false
// when it is not there or of another type.
bool has_member(const simdjson::dom::object& object, std::string_view name);
std::optional<simdjson::dom::object> object_member(const simdjson::dom::object& object,
                                                   std::string_view name);
std::string text_member(const simdjson::dom::object& object, std::string_view name);
std::int64_t number_member(const simdjson::dom::object& object, std::string_view name);
bool flag_member(const simdjson::dom::object& object, std::string_view name);

}  // namespace candor
