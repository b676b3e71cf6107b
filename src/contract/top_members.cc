#include "contract/top_members.h"

#include <simdjson.h>

#include <algorithm>

namespace candor {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kBlank = " \t\r\n";

// The value that ends before `end` in `text`, where `closing` and blanks may stand between them.
std::string_view value_before(std::string_view text, char closing) {
  const auto mark = text.find_last_of(closing);
  text = text.substr(0, mark == text.npos ? 0 : mark);
  const auto last = text.find_last_not_of(kBlank);
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

}  // namespace

struct TopMembers::Parser {
  ondemand::parser parser;
};

TopMembers::TopMembers() : parser_(std::make_unique<Parser>()) {}
TopMembers::~TopMembers() = default;

bool TopMembers::read(std::string_view text) {
  members_.clear();
  size_ = text.size();
  // The parser reads a little behind the end.
  if (padded_.size() < text.size() + simdjson::SIMDJSON_PADDING)
    padded_.resize(text.size() + text.size() / 4 + simdjson::SIMDJSON_PADDING);
  text.copy(padded_.data(), text.size());
  ondemand::document document;
  ondemand::object object;
  if (parser_->parser.iterate(simdjson::padded_string_view(padded_.data(), size_, padded_.size()))
              .get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS)
    return none();
  const char* begin = nullptr;  // of the value that is passed over
  for (auto field : object) {
    ondemand::raw_json_string raw;
    std::string_view name;
    ondemand::value value;
    if (field.key().get(raw) != simdjson::SUCCESS) return none();
    if (begin != nullptr)
      members_.back().json =
          value_before({begin, static_cast<std::size_t>(raw.raw() - 1 - begin)}, ',');
    if (field.unescaped_key().get(name) != simdjson::SUCCESS ||
        field.value().get(value) != simdjson::SUCCESS)
      return none();
    begin = value.raw_json_token().data();
    members_.push_back({name, {}});
  }
  if (begin != nullptr) {
    members_.back().json =
        value_before({begin, static_cast<std::size_t>(padded_.data() + size_ - begin)}, '}');
  }
  return true;
}

bool TopMembers::none() {
  members_.clear();
  size_ = 0;
  return false;
}

std::string_view TopMembers::json_of(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &Member::name);
  return found == members_.end() ? std::string_view() : found->json;
}

}  // namespace candor
