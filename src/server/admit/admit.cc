#include "server/admit/admit.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "contract/limits.h"
#include "server/admit/document.h"
#include "server/admit/limits.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;
using Node = Schema::Node;

std::string_view type_of(const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::ARRAY:
      return "list";
    case dom::element_type::OBJECT:
      return "object";
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
      return "integer";
    case dom::element_type::DOUBLE:
      return "number";
    case dom::element_type::STRING:
      return "string";
    case dom::element_type::BOOL:
      return "boolean";
    case dom::element_type::NULL_VALUE:
      return "null";
  }
  return "null";
}

// Requires a value that is neither list nor object.
Scalar scalar_of(const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::INT64:
      return value.get_int64().value_unsafe();
    case dom::element_type::UINT64:
      return value.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE:
      return value.get_double().value_unsafe();
    case dom::element_type::STRING:
      return value.get_string().value_unsafe();
    case dom::element_type::BOOL:
      return value.get_bool().value_unsafe();
    default:
      return nullptr;
  }
}

class Admission {
 public:
  // `hash` is nullptr for documents whose makers hash what is to be hashed.
  Admission(const Contract& contract, std::int64_t today, const HashHere* hash = nullptr)
      : contract_(contract), today_(today), hash_(hash) {}

  Admitted run(const dom::object& document, const Node& root,
               const std::vector<std::string_view>& envelope) {
    object(document, root, &envelope);
    return std::move(admitted_);
  }

 private:
  // Writes the kept members of `value`, an object declared by `node`.
  void object(const dom::object& value, const Node& node,
              const std::vector<std::string_view>* envelope) {
    admitted_.body += '{';
    bool first = true;
    std::size_t open_entries = 0;
    std::unordered_set<std::string_view> seen;
    for (const auto& member : value) {
      if (envelope != nullptr && std::ranges::find(*envelope, member.key) != envelope->end())
        continue;
      const Node* next = node.member(member.key);
      const bool open = next != nullptr && next == node.any_member.get();
      // The name of an undeclared member stays in the path: it is what the vendor has to learn. Its
      // value does not, nor do the keys of open maps, which are values too.
      const auto lengths = step(member.key, open ? "*" : member.key);
      if (next == nullptr) {
        drop(member.value, Problem::kUndeclared);
      } else if (!seen.insert(member.key).second) {
        drop(member.value, Problem::kDuplicateKey);
      } else if (open && member.key.size() > kMaxKeyLength) {
        drop(member.value, Problem::kTooLong);
      } else if (open && ++open_entries > kMaxMapEntries) {
        drop(member.value, Problem::kTooLong);
      } else {
        const auto body_length = admitted_.body.size();
        if (!first) admitted_.body += ',';
        append_string(member.key);
        admitted_.body += ':';
        if (element(member.value, *next)) {
          first = false;
        } else {
          admitted_.body.resize(body_length);
        }
      }
      step_back(lengths);
    }
    admitted_.body += '}';
  }

  void list(const dom::array& value, const Node& node) {
    admitted_.body += '[';
    const Lengths lengths{path_.size(), declared_path_.size(), place_.size()};
    path_ += "[]";
    declared_path_ += "[]";
    std::size_t entries = 0;
    std::size_t index = 0;  // among what is kept or in quarantine
    bool first = true;
    for (const auto& entry : value) {
      if (++entries > kMaxListEntries) {
        drop(entry, Problem::kTooLong);
        continue;
      }
      const auto body_length = admitted_.body.size();
      const auto in_quarantine = admitted_.quarantined.size();
      place_.resize(lengths.place);
      place_ += fmt::format("/{}", index);
      if (!first) admitted_.body += ',';
      const bool kept = element(entry, node);
      if (kept) {
        first = false;
      } else {
        admitted_.body.resize(body_length);
      }
      if (kept || admitted_.quarantined.size() > in_quarantine) ++index;
    }
    step_back(lengths);
    admitted_.body += ']';
  }

  // Writes what is kept of the value; false when nothing is.
  bool element(const dom::element& value, const Node& node) {
    if (value.is_object()) {
      if (!node.is_object()) return drop(value, misfit(node));
      object(value.get_object().value_unsafe(), node, nullptr);
      return true;
    }
    if (value.is_array()) {
      if (!node.is_list()) return drop(value, misfit(node));
      list(value.get_array().value_unsafe(), *node.element);
      return true;
    }
    if (!node.field) {
      // "fs": null in place of an object says that there is none.
      if (value.is_null()) return keep_null();
      return drop(value, Problem::kWrongType);
    }
    return scalar(value, contract_.fields[*node.field]);
  }

  bool scalar(const dom::element& value, const Field& field) {
    if (field.privacy == PrivacyClass::kNever) return drop(value, Problem::kNever);
    if (is_expired(field, today_)) return drop(value, Problem::kExpired);
    const Scalar scalar = scalar_of(value);
    if (const auto problem = check(field, scalar)) {
      const auto* clear = std::get_if<std::string_view>(&scalar);
      if (*problem == Problem::kNotHashed && hash_ != nullptr && clear != nullptr) {
        drop(value, Problem::kHashedHere);
        append_string(hash_->of(field, *clear));
        ++admitted_.kept_values;
        return true;
      }
      // What should have been hashed may be here in clear: its value is not kept.
      return field.privacy == PrivacyClass::kClear ? quarantine(value, *problem)
                                                   : drop(value, *problem);
    }
    const auto* text = std::get_if<std::string_view>(&scalar);
    if (text != nullptr) {
      append_string(*text);
    } else {
      admitted_.body += simdjson::minify(value);
    }
    ++admitted_.kept_values;
    return true;
  }

  // A container where the contract declares something else.
  Problem misfit(const Node& node) const {
    const bool never = node.field && contract_.fields[*node.field].privacy == PrivacyClass::kNever;
    return never ? Problem::kNever : Problem::kWrongType;
  }

  bool keep_null() {
    admitted_.body += "null";
    return true;
  }

  struct Lengths {
    std::size_t path;
    std::size_t declared_path;
    std::size_t place;
  };
  Lengths step(std::string_view key, std::string_view declared) {
    const Lengths lengths{path_.size(), declared_path_.size(), place_.size()};
    place_ += '/';
    for (const char c : key) {
      // As RFC 6901 has it.
      if (c == '~') place_ += "~0";
      if (c == '/') place_ += "~1";
      if (c != '~' && c != '/') place_ += c;
    }
    if (!path_.empty()) path_ += '.';
    if (!declared_path_.empty()) declared_path_ += '.';
    path_ += key;
    declared_path_ += declared;
    return lengths;
  }
  void step_back(Lengths lengths) {
    path_.resize(lengths.path);
    declared_path_.resize(lengths.declared_path);
    place_.resize(lengths.place);
  }

  static std::string shortened(std::string_view path) {
    auto length = std::min(path.size(), kMaxPathBytes);
    // Not in the middle of a character.
    while (length < path.size() && (static_cast<unsigned char>(path[length]) & 0xc0) == 0x80)
      --length;
    return std::string(path.substr(0, length));
  }

  bool drop(const dom::element& value, Problem problem) {
    const auto type = type_of(value);
    auto path = shortened(declared_path_);
    const auto key = fmt::format("{}\n{}\n{}", path, type, name_of(problem));
    if (const auto row = drop_rows_.find(key); row != drop_rows_.end()) {
      ++admitted_.dropped[row->second].count;
    } else if (admitted_.dropped.size() + 1 < kMaxDropRows) {
      drop_rows_.emplace(key, admitted_.dropped.size());
      admitted_.dropped.push_back({std::move(path), std::string(type), problem, 1});
    } else {
      // The last row stands for all that find no place of their own.
      if (admitted_.dropped.size() < kMaxDropRows)
        admitted_.dropped.push_back({"…", "object", Problem::kTooLong, 0});
      ++admitted_.dropped.back().count;
    }
    return false;
  }

  bool quarantine(const dom::element& value, Problem problem) {
    if (admitted_.quarantined.size() >= kMaxQuarantineRows) return drop(value, problem);
    std::string text = simdjson::minify(value);
    if (text.size() > kMaxQuarantineValueBytes) text.clear();
    admitted_.quarantined.push_back({shortened(path_), std::string(type_of(value)), problem,
                                     std::move(text),
                                     place_.size() > kMaxPlaceBytes ? std::string() : place_});
    return false;
  }

  // 'n' for a line feed, and so on; 0 for a character without such an escape.
  static char short_escape(char c) {
    switch (c) {
      case '\b':
        return 'b';
      case '\f':
        return 'f';
      case '\n':
        return 'n';
      case '\r':
        return 'r';
      case '\t':
        return 't';
      default:
        return 0;
    }
  }

  void append_string(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    auto& out = admitted_.body;
    out += '"';
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (const auto letter = short_escape(c); letter != 0) {
        out += '\\';
        out += letter;
      } else if (byte < 0x20) {
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
      } else {
        out += c;
      }
    }
    out += '"';
  }

  const Contract& contract_;
  const std::int64_t today_;
  const HashHere* const hash_;
  Admitted admitted_;
  std::unordered_map<std::string, std::size_t> drop_rows_;  // (path, type, problem) to its row
  std::string path_;
  std::string declared_path_;  // as path_, with "*" for the keys of open maps
  std::string place_;          // a JSON pointer
};

}  // namespace

std::string_view name_of(Outcome outcome) {
  constexpr std::array<std::string_view, 5> kNames = {"accepted", "partly_quarantined",
                                                      "quarantined", "refused", "duplicate"};
  return kNames[static_cast<std::size_t>(outcome)];
}

Outcome Admitted::outcome() const {
  if (quarantined.empty()) return Outcome::kAccepted;
  return kept_values > 0 ? Outcome::kPartlyQuarantined : Outcome::kQuarantined;
}

Result<Admitted> admit(std::string_view document, const Contract& contract,
                       const std::vector<std::string_view>& envelope, std::int64_t today) {
  CANDOR_ASSIGN(parsed, JsonDocument::parse(document));
  return Admission(contract, today).run(parsed.root(), contract.schema.root(), envelope);
}

Result<Admitted> admit_event(std::string_view document, const Contract& contract,
                             std::string_view name, std::int64_t today, const HashHere& hash) {
  const auto* event = contract.event(name);
  if (event == nullptr) {
    Admitted nothing;
    nothing.body = "{}";
    nothing.quarantined.push_back({"", "event", Problem::kUndeclared, "", ""});
    return nothing;
  }
  CANDOR_ASSIGN(parsed, JsonDocument::parse(document));
  return Admission(contract, today, &hash).run(parsed.root(), event->schema.root(), {});
}

Status check_report_time(Instant reported, Instant received) {
  if (reported < received - kOldestReport) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("The report is dated {}, more than {} days ago. Check the clock of the sender.",
                    format_rfc3339(reported), kOldestReport.count())};
  }
  if (reported > received + kNewestReport) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("The report is dated {}, in the future. Check the clock of the sender.",
                    format_rfc3339(reported))};
  }
  return Ok{};
}

}  // namespace candor
