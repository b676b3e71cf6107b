#include "server/protocol/snowplow_event.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/numbers.h"
#include "contract/limits.h"
#include "server/protocol/limits.h"

namespace candor {
namespace {

// Kinds of events other than self-describing ones.
struct Kind {
  std::string_view e;
  std::string_view name;
};
constexpr Kind kKinds[] = {{"pv", "page_view"},
                           {"pp", "page_ping"},
                           {"se", "struct_event"},
                           {"tr", "transaction"},
                           {"ti", "transaction_item"}};

// Members of such events, and where they stand in the document.
struct Member {
  std::string_view field;
  std::string_view place;
  std::string_view name;
  bool number = false;
};
constexpr Member kMembers[] = {
    {"url", "page", "url"},
    {"page", "page", "title"},
    {"refr", "page", "referrer"},
    {"se_ca", "data", "category"},
    {"se_ac", "data", "action"},
    {"se_la", "data", "label"},
    {"se_pr", "data", "property"},
    {"se_va", "data", "value", true},
    {"pp_mix", "data", "min_x", true},
    {"pp_max", "data", "max_x", true},
    {"pp_miy", "data", "min_y", true},
    {"pp_may", "data", "max_y", true},
    {"tr_id", "data", "order"},
    {"tr_af", "data", "affiliation"},
    {"tr_tt", "data", "total", true},
    {"tr_tx", "data", "tax", true},
    {"tr_sh", "data", "shipping", true},
    {"tr_ci", "data", "city"},
    {"tr_st", "data", "state"},
    {"tr_co", "data", "country"},
    {"tr_cu", "data", "currency"},
    {"ti_id", "data", "order"},
    {"ti_sk", "data", "sku"},
    {"ti_nm", "data", "name"},
    {"ti_ca", "data", "category"},
    {"ti_pr", "data", "price", true},
    {"ti_qu", "data", "quantity", true},
    {"ti_cu", "data", "currency"},
};

// What is read here, and what is never looked at: addresses and what a network or a browser is
// known by.
constexpr std::string_view kNotTheTrackers[] = {
    "e", "eid", "dtm", "stm", "ttm", "ue_px", "ue_pr", "cx", "co", "ip", "nuid", "tnuid", "fp"};

std::string text_of(const Json& fields, std::string_view name) {
  const Json* member = find_member(fields, name);
  if (member == nullptr) return {};
  if (member->is_string()) return member->get<std::string>();
  return member->is_number() ? member->dump() : std::string();
}

std::optional<Instant> time_of(const Json& fields, std::string_view name) {
  const auto ms = parse_unsigned<std::int64_t>(text_of(fields, name));
  if (!ms || *ms > kMaxClientMillis) return std::nullopt;
  return from_unix_millis(*ms);
}

// When it happened by the collector's clock.
std::optional<Instant> moment_of(const Json& fields, Instant received) {
  if (const auto certain = time_of(fields, "ttm")) return certain;
  const auto at = time_of(fields, "dtm");
  const auto sent = time_of(fields, "stm");
  if (!at || !sent) return at;
  return received - (*sent - *at);
}

// Texts that are numbers as numbers.
Json number_or_text(const std::string& text) {
  if (const auto whole = parse_integer<std::int64_t>(text)) return *whole;
  double value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || !std::isfinite(value)) return text;
  return value;
}

// "iglu:com.meltano/cli_event/jsonschema/1-0-1"
struct SchemaName {
  std::string name;   // "cli_event"
  std::string model;  // "com.meltano/cli_event/1"
};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
  });
}

std::optional<SchemaName> parse_schema(std::string_view uri) {
  constexpr std::string_view kScheme = "iglu:";
  if (!uri.starts_with(kScheme) || uri.size() > kMaxSchemaBytes) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  std::string_view parts[4];
  for (auto& part : parts) {
    const auto end = std::min(uri.find('/'), uri.size());
    part = uri.substr(0, end);
    uri.remove_prefix(std::min(end + 1, uri.size()));
  }
  const auto& [vendor, name, format, version] = parts;
  const auto model = version.substr(0, version.find('-'));
  if (!uri.empty() || !is_word(vendor) || !is_word(name) || format != "jsonschema" ||
      !parse_unsigned<std::uint32_t>(model) || name.size() > kMaxEventNameBytes)
    return std::nullopt;
  return SchemaName{std::string(name),
                    std::string(vendor) + '/' + std::string(name) + '/' + std::string(model)};
}

// {"schema", "data"}
struct Described {
  SchemaName schema;
  const Json* data = nullptr;
};

std::optional<Described> described(const Json& json) {
  auto schema = parse_schema(string_member(json, "schema"));
  const Json* data = find_member(json, "data");
  if (!schema || data == nullptr) return std::nullopt;
  return Described{*std::move(schema), data};
}

// What `data` of an envelope of that schema is; nullptr for anything else.
const Json* opened(const Json& envelope, std::string_view model) {
  const auto parts = described(envelope);
  return parts && parts->schema.model == model ? parts->data : nullptr;
}

// A member that is JSON, in base64 or in clear.
struct Embedded {
  std::string_view field;    // empty: neither is there
  std::optional<Json> json;  // nothing: it is none
};

Embedded embedded(const Json& fields, std::string_view packed, std::string_view clear) {
  const bool is_packed = find_member(fields, packed) != nullptr;
  if (!is_packed && find_member(fields, clear) == nullptr) return {};
  Embedded result{is_packed ? packed : clear, {}};
  auto text = std::optional(text_of(fields, result.field));
  if (is_packed) text = from_any_base64(*text);
  if (!text) return result;
  if (auto json = parse_foreign_json(*text); json.ok()) result.json = *std::move(json);
  return result;
}

class Writer {
 public:
  Writer(const Contract& contract, EventSubmission& event) : contract_(contract), event_(event) {}

  // False when nothing but the schema may be kept.
  bool describe(const Described& what) {
    event_.name = what.schema.name;
    document_["schema"] = what.schema.model;
    if (!allowed({"schema"}, what.schema.model)) return false;
    document_["data"] = *what.data;
    return true;
  }

  void add_contexts(const Json& fields) {
    const auto contexts = embedded(fields, "cx", "co");
    if (contexts.field.empty()) return;
    const Json* list = contexts.json
                           ? opened(*contexts.json, "com.snowplowanalytics.snowplow/contexts/1")
                           : nullptr;
    if (list == nullptr || !list->is_array()) return unreadable(contexts.field);
    for (const auto& entry : *list) {
      const auto context = described(entry);
      if (!context || !context->data->is_object()) {
        unreadable(contexts.field);
      } else {
        add_context(*context, contexts.field);
      }
    }
  }

  void add_members(const Json& fields) {
    for (const auto& [name, value] : fields.items()) {
      const auto* member = std::ranges::find(kMembers, name, &Member::field);
      if (member != std::end(kMembers)) {
        auto text = text_of(fields, name);
        document_[std::string(member->place)][std::string(member->name)] =
            member->number ? number_or_text(text) : Json(std::move(text));
      } else if (std::ranges::find(kNotTheTrackers, name) == std::end(kNotTheTrackers)) {
        document_["tracker"][name] = value;
      }
    }
  }

  void unreadable(std::string_view field) {
    if (std::ranges::find(event_.unreadable, field) == event_.unreadable.end())
      event_.unreadable.emplace_back(field);
  }

  void finish() {
    event_.document = to_line(document_);
    if (contexts_.empty()) return;
    event_.document.pop_back();
    event_.document += R"(,"contexts":{)" + contexts_ + "}}";
  }

 private:
  void add_context(const Described& context, std::string_view field) {
    const auto& name = context.schema.name;
    auto& schemas = document_["schemas"];
    const bool first = !schemas.contains(name);
    if (first && schemas.size() == kMaxSnowplowContexts) return unreadable(field);
    if (first) schemas[name] = context.schema.model;
    if (!allowed({"schemas", name}, context.schema.model)) return;
    // As text, so that admission sees and counts a second one of the same name.
    if (!contexts_.empty()) contexts_ += ',';
    contexts_ += to_line(Json(name)) + ':' + to_line(*context.data);
  }

  // Whether the field at that path, where the contract declares one, allows the text.
  bool allowed(std::initializer_list<std::string_view> path, const std::string& text) const {
    const auto* declared = contract_.event(event_.name);
    if (declared == nullptr) return true;
    const auto* node = &declared->schema.root();
    for (const auto key : path) {
      node = node->member(key);
      if (node == nullptr) return true;
    }
    if (!node->field) return true;
    const auto& values = contract_.fields[*node->field].values;
    return values.empty() || std::ranges::find(values, text) != values.end();
  }

  const Contract& contract_;
  EventSubmission& event_;
  Json document_ = Json::object();
  std::string contexts_;  // members
};

EventSubmission begun(const Json& fields, Instant received) {
  EventSubmission event;
  event.message_id = text_of(fields, "eid");
  event.source = text_of(fields, "duid");
  if (event.source.empty()) event.source = text_of(fields, "uid");
  event.at = moment_of(fields, received);
  return event;
}

void describe(EventSubmission& event, const Described& what, const Json& fields,
              const Contract& contract) {
  Writer writer(contract, event);
  if (writer.describe(what)) {
    writer.add_contexts(fields);
    writer.add_members(fields);
  }
  writer.finish();
}

// Nothing of it can be held against a contract.
EventSubmission lost(EventSubmission event, std::string name, std::string_view field) {
  event.name = std::move(name);
  event.unreadable = {std::string(field)};
  return event;
}

}  // namespace

std::optional<std::string> from_any_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string standard(text);
  for (auto& c : standard) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    // What a query makes of a '+' that was not encoded.
    if (c == ' ') c = '+';
    if (!is_letter_or_digit(c) && c != '+' && c != '/') return std::nullopt;
  }
  if (standard.size() % 4 == 1) return std::nullopt;
  standard.append((4 - standard.size() % 4) % 4, '=');
  return from_base64(standard);
}

EventSubmission snowplow_document(const Json& document, const Json& fields,
                                  const Contract& contract, Instant received) {
  auto event = begun(fields, received);
  const auto what = described(document);
  if (!what || !what->data->is_object())
    return lost(std::move(event), "self_describing", what ? "data" : "schema");
  describe(event, *what, fields, contract);
  return event;
}

EventSubmission snowplow_event(const Json& fields, const Contract& contract, Instant received) {
  auto event = begun(fields, received);
  const auto e = text_of(fields, "e");
  if (e == "ue") {
    const auto envelope = embedded(fields, "ue_px", "ue_pr");
    const Json* inner =
        envelope.json ? opened(*envelope.json, "com.snowplowanalytics.snowplow/unstruct_event/1")
                      : nullptr;
    const auto what = inner != nullptr ? described(*inner) : std::nullopt;
    if (!what || !what->data->is_object()) {
      const auto field = envelope.field.empty() ? std::string_view("ue_px") : envelope.field;
      return lost(std::move(event), "self_describing", field);
    }
    describe(event, *what, fields, contract);
    return event;
  }
  const auto* kind = std::ranges::find(kKinds, e, &Kind::e);
  if (kind == std::end(kKinds)) return lost(std::move(event), "unknown", "e");
  event.name = kind->name;
  Writer writer(contract, event);
  writer.add_contexts(fields);
  writer.add_members(fields);
  writer.finish();
  return event;
}

}  // namespace candor
