#include "values.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

#include "file_digest.h"
#include "library/layout.h"
#include "library/limits.h"

namespace candor::sdk {
namespace {

using library::DeclaredClass;
using library::ValueHeader;

// No byte order mark is looked for; surrogates and what is longer than it has to be are no UTF-8.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0u;
    };
    const auto continues = [&](std::size_t at) { return (byte(at) & 0xc0) == 0x80; };
    const auto first = byte(i);
    if (first < 0x80) {
      ++i;
    } else if (first >= 0xc2 && first < 0xe0 && continues(i + 1)) {
      i += 2;
    } else if (first >= 0xe0 && first < 0xf0 && continues(i + 1) && continues(i + 2) &&
               (first != 0xe0 || byte(i + 1) >= 0xa0) && (first != 0xed || byte(i + 1) < 0xa0)) {
      i += 3;
    } else if (first >= 0xf0 && first < 0xf5 && continues(i + 1) && continues(i + 2) &&
               continues(i + 3) && (first != 0xf0 || byte(i + 1) >= 0x90) &&
               (first != 0xf4 || byte(i + 1) < 0x90)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

std::uint64_t word_at(const char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

// The first `length` bytes, fewer than 8, as a word whose others are zero.
std::uint64_t short_word(const char* text, std::size_t length) {
  const auto part = [text](auto as, std::size_t at) -> std::uint64_t {
    std::memcpy(&as, text + at, sizeof as);
    return as;
  };
  // Both halves may have bytes in common, where they are the same.
  if (length >= 4)
    return part(std::uint32_t{}, 0) | part(std::uint32_t{}, length - 4) << 8 * (length - 4);
  if (length >= 2)
    return part(std::uint16_t{}, 0) | part(std::uint16_t{}, length - 2) << 8 * (length - 2);
  return length == 1 ? part(std::uint8_t{}, 0) : 0;
}

// Copies with zeros up to a multiple of 8; whether all of it is ASCII. Reads nothing beyond the
// text.
bool copy_padded(const char* text, std::size_t length, std::uint8_t* into) {
  constexpr std::uint64_t kNotAscii = 0x8080808080808080;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    const auto word = word_at(text + at);
    std::memcpy(into + at, &word, sizeof word);
    seen |= word;
  }
  if (const auto rest = length - at; rest != 0 || length == 0) {
    const auto last =
        length > 8 ? word_at(text + length - 8) >> 8 * (8 - rest) : short_word(text, length);
    std::memcpy(into + at, &last, sizeof last);
    seen |= last;
  }
  return (seen & kNotAscii) == 0;
}

std::size_t text_bytes(std::size_t length) {
  return library::padded(std::max<std::size_t>(length, 1));
}

bool is_text(const FieldRule& rule) { return rule.takes >= Takes::kClearText; }

// In the ring, with its header; of a value that has the form.
std::size_t size_of(const FieldRule& rule, const candor_value& value) {
  if (!is_text(rule)) return sizeof(ValueHeader) + 8;
  return sizeof(ValueHeader) +
         text_bytes(rule.takes == Takes::kClearText ? value.length : hash_digits(rule.privacy));
}

bool is_within(const FieldRule& rule, double number) {
  return number >= rule.min && number <= rule.max;
}

bool is_allowed_number(const FieldRule& rule, const candor_value& value) {
  if (value.type == CANDOR_INTEGER && rule.takes != Takes::kBoolean)
    return is_within(rule, static_cast<double>(value.as.integer));
  if (rule.takes == Takes::kBoolean) return value.type == CANDOR_BOOLEAN;
  // NaN is not within.
  return rule.takes == Takes::kNumber && value.type == CANDOR_NUMBER &&
         is_within(rule, value.as.number) && std::isfinite(value.as.number);
}

// Whether it has a form that the field takes; what a text itself says is not looked at.
bool has_form(const ValueTerms& terms, const FieldRule& rule, const candor_value& value) {
  if (!is_text(rule)) return is_allowed_number(rule, value);
  if (value.type == CANDOR_DIGEST) {
    return rule.takes == Takes::kHashedText && value.as.digest != nullptr &&
           has_digest(*value.as.digest, rule.privacy);
  }
  if (value.type != CANDOR_TEXT || value.as.text == nullptr) return false;
  if (rule.takes == Takes::kClearText) return value.length <= rule.max_length;
  return rule.privacy != DeclaredClass::kKeyed || terms.key != nullptr;
}

// The rules of one event's fields, and whether they may be recorded. Kept apart from what is
// written to, so that compilers need not look again after each write.
struct Fields {
  const FieldRule* rules;
  std::size_t count;
  const std::uint8_t* flags;
  std::uint32_t event;

  explicit Fields(const ValueTerms& terms)
      : rules(terms.rules.all().data()),
        count(terms.rules.all().size()),
        flags(terms.flags),
        event(terms.event) {}
  // Nothing for a number that is no field of the event.
  const FieldRule* find(std::uint32_t number) const {
    return number < count && rules[number].event == event ? rules + number : nullptr;
  }
  bool is_on(std::uint32_t number) const {
    return __atomic_load_n(&flags[number], __ATOMIC_RELAXED) != 0;
  }
};

// Bytes in the ring; or why it is not there.
constexpr std::size_t kWrong = 0, kNoRoom = SIZE_MAX;

void write_header(std::uint32_t field, std::uint32_t type, std::size_t length, std::uint8_t* into) {
  const auto type_and_length = std::uint64_t{type << library::kLengthBits | length};
  const auto both = std::uint64_t{field} | type_and_length << 32;
  static_assert(sizeof both == sizeof(ValueHeader));
  std::memcpy(into, &both, sizeof both);
}

[[gnu::noinline]] std::size_t write_hashed(const ValueTerms& terms, const FieldRule& rule,
                                           const candor_value& value, std::uint8_t* into,
                                           std::size_t room) {
  if (!has_form(terms, rule, value)) return kWrong;
  if (size_of(rule, value) > room) return kNoRoom;
  auto* const digits = reinterpret_cast<char*>(into + sizeof(ValueHeader));
  if (value.type == CANDOR_DIGEST) {
    write_digest(*value.as.digest, rule.privacy, digits);
  } else {
    write_hash(rule.privacy, {value.as.text, value.length}, terms.key, digits);
  }
  write_header(value.field, CANDOR_TEXT, hash_digits(rule.privacy), into);
  return size_of(rule, value);
}

// What is written is judged, not what the program may be changing meanwhile.
[[gnu::noinline]] std::size_t write_text(const ValueTerms& terms, const FieldRule& rule,
                                         const candor_value& value, std::uint8_t* into,
                                         std::size_t room) {
  if (rule.takes == Takes::kHashedText) return write_hashed(terms, rule, value, into, room);
  const auto length = value.length;
  if (value.type != CANDOR_TEXT || value.as.text == nullptr || length > rule.max_length)
    return kWrong;
  const auto bytes = sizeof(ValueHeader) + text_bytes(length);
  if (bytes > room) return kNoRoom;
  auto* const body = into + sizeof(ValueHeader);
  const bool is_whole = copy_padded(value.as.text, length, body) ||
                        is_utf8({reinterpret_cast<const char*>(body), length});
  if (!is_whole || !terms.rules.allows(rule, body, length)) {
    // What may not be recorded does not lie in the file either, until something is written there.
    std::memset(body, 0, text_bytes(length));
    return kWrong;
  }
  write_header(value.field, CANDOR_TEXT, length, into);
  return bytes;
}

[[gnu::always_inline]] inline std::size_t write_number(const FieldRule& rule,
                                                       const candor_value& value,
                                                       std::uint8_t* into, std::size_t room) {
  constexpr auto kBytes = sizeof(ValueHeader) + 8;
  if (!is_allowed_number(rule, value)) return kWrong;
  if (kBytes > room) return kNoRoom;
  std::memcpy(into + sizeof(ValueHeader), &value.as, 8);
  write_header(value.field, value.type, 0, into);
  return kBytes;
}

}  // namespace

KeptValues write_values(const ValueTerms& terms, std::span<const candor_value> values,
                        std::uint8_t* into, std::size_t most) {
  const auto looked_at = std::min(values.size(), library::kMaxEventValues);
  KeptValues kept{.all = looked_at == values.size()};
  const Fields fields(terms);
  auto* at = into;
  auto* const end = into + most;
  for (const auto& value : values.first(looked_at)) {
    if (value.field == 0) continue;
    const auto* const rule = fields.find(value.field);
    if (rule != nullptr && !fields.is_on(value.field)) continue;
    const auto room = static_cast<std::size_t>(end - at);
    const auto bytes = rule == nullptr  ? kWrong
                       : is_text(*rule) ? write_text(terms, *rule, value, at, room)
                                        : write_number(*rule, value, at, room);
    if (bytes == kNoRoom) {
      kept.all = kept.had_room = false;
      break;
    }
    if (bytes == kWrong) {
      kept.all = false;
      continue;
    }
    at += bytes;
    ++kept.count;
  }
  kept.bytes = static_cast<std::size_t>(at - into);
  return kept;
}

std::size_t bytes_of(const ValueTerms& terms, std::span<const candor_value> values) {
  std::size_t bytes = 0;
  const Fields fields(terms);
  for (const auto& value : values.first(std::min(values.size(), library::kMaxEventValues))) {
    const auto* const rule = fields.find(value.field);
    if (rule != nullptr && fields.is_on(value.field) && has_form(terms, *rule, value))
      bytes += size_of(*rule, value);
  }
  return bytes;
}

}  // namespace candor::sdk
