#include "server/admit/document.h"

#include <fmt/format.h>

#include <atomic>

#include "server/admit/limits.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;

// A parser's memory is many times its document's, and is cleared page by page when it comes from
// the system: that of one large document is kept for the next.
std::atomic<dom::parser*> spare_parser = nullptr;

Error not_json(simdjson::error_code code) {
  const auto say = [](std::string sentence) {
    return Error{ErrorKind::kBadData, std::move(sentence)};
  };
  switch (code) {
    case simdjson::DEPTH_ERROR:
      return say(fmt::format("The document is nested deeper than {} levels. Send it flatter.",
                             kMaxDocumentDepth));
    case simdjson::UTF8_ERROR:
      return say("The document is not valid UTF-8. Encode its text as UTF-8 and send it again.");
    case simdjson::NUMBER_ERROR:
      return say(
          "The document has a number that is none, or does not fit into 64 bits. Leave it out or "
          "write it as text.");
    case simdjson::INCORRECT_TYPE:
      return say("The document is JSON, but not an object. Send one object, {…}.");
    case simdjson::EMPTY:
      return say("The body is empty. Send one JSON object.");
    default:
      return say(
          "The document is not valid JSON. Send one JSON object, whole and with nothing behind "
          "it.");
  }
}

}  // namespace

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  thread_local dom::parser shared;
  JsonDocument document;
  if (text.size() > kSharedParserBytes) {
    auto* const spare = spare_parser.exchange(nullptr);
    document.own_.reset(spare != nullptr ? spare : new dom::parser);
  }
  auto& parser = document.own_ ? *document.own_ : shared;
  if (parser.max_depth() != kMaxDocumentDepth) {
    if (const auto error = parser.allocate(64 * 1024, kMaxDocumentDepth)) return not_json(error);
  }
  if (const auto error = parser.parse(text.data(), text.size()).get(document.element_))
    return not_json(error);
  if (const auto error = document.element_.get_object().get(document.root_)) return not_json(error);
  return document;
}

void JsonDocument::GiveBack::operator()(dom::parser* parser) const {
  dom::parser* none = nullptr;
  if (parser->capacity() > kSpareParserBytes ||
      !spare_parser.compare_exchange_strong(none, parser)) {
    delete parser;
  }
}

bool has_member(const dom::object& object, std::string_view name) {
  return object.at_key(name).error() == simdjson::SUCCESS;
}

std::optional<dom::object> object_member(const dom::object& object, std::string_view name) {
  dom::object member;
  return object.at_key(name).get_object().get(member) == simdjson::SUCCESS ? std::optional(member)
                                                                           : std::nullopt;
}

std::string text_member(const dom::object& object, std::string_view name) {
  std::string_view member;
  return object.at_key(name).get_string().get(member) == simdjson::SUCCESS ? std::string(member)
                                                                           : std::string();
}

std::int64_t number_member(const dom::object& object, std::string_view name) {
  std::int64_t member = 0;
  return object.at_key(name).get_int64().get(member) == simdjson::SUCCESS ? member : 0;
}

bool flag_member(const dom::object& object, std::string_view name) {
  bool member = false;
  return object.at_key(name).get_bool().get(member) == simdjson::SUCCESS && member;
}

}  // namespace candor
