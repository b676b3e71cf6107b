#include "values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "library/layout.h"
#include "library/limits.h"

namespace candor::sdk {
namespace {

using library::Declared;
using library::DeclaredClass;
using library::DeclaredType;
using library::ValueHeader;
using library::ValueType;

std::string_view text_of(const candor_value& value) { return {value.as.text, value.length}; }

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

bool is_within(const Declared& declared, double number) {
  return (!declared.min || number >= *declared.min) && (!declared.max || number <= *declared.max);
}

bool is_allowed_text(const Declared& declared, const candor_value& value) {
  if (value.as.text == nullptr) return false;
  if (declared.privacy != DeclaredClass::kClear) return true;
  const auto text = text_of(value);
  const auto most = declared.max_length == 0
                        ? library::kMaxTextValueBytes
                        : std::min(declared.max_length, library::kMaxTextValueBytes);
  if (text.size() > most || !is_utf8(text)) return false;
  return declared.values.empty() ||
         std::ranges::find(declared.values, text) != declared.values.end();
}

bool is_allowed(const Declared& declared, const candor_value& value) {
  switch (declared.type) {
    case DeclaredType::kBoolean:
      return value.type == CANDOR_BOOLEAN;
    case DeclaredType::kInteger:
      return value.type == CANDOR_INTEGER &&
             is_within(declared, static_cast<double>(value.as.integer));
    case DeclaredType::kNumber:
      if (value.type == CANDOR_INTEGER)
        return is_within(declared, static_cast<double>(value.as.integer));
      return value.type == CANDOR_NUMBER && std::isfinite(value.as.number) &&
             is_within(declared, value.as.number);
    case DeclaredType::kString:
    case DeclaredType::kTimestamp:
      return value.type == CANDOR_TEXT && is_allowed_text(declared, value);
  }
  return false;
}

enum class Verdict { kKept, kPassedOver, kWrong };

Verdict judge(const ValueTerms& terms, const candor_value& value) {
  if (value.field == 0) return Verdict::kPassedOver;
  const auto* declared = terms.declarations.find(value.field);
  if (declared == nullptr || declared->kind != library::DeclaredKind::kField ||
      declared->event != terms.event)
    return Verdict::kWrong;
  if (__atomic_load_n(&terms.flags[value.field], __ATOMIC_RELAXED) == 0)
    return Verdict::kPassedOver;
  if (declared->privacy == DeclaredClass::kKeyed && terms.key == nullptr) return Verdict::kWrong;
  return is_allowed(*declared, value) ? Verdict::kKept : Verdict::kWrong;
}

// In the ring, with its header.
std::size_t size_of(const Declared& declared, const candor_value& value) {
  if (value.type != CANDOR_TEXT) return sizeof(ValueHeader) + 8;
  const auto length = declared.privacy == DeclaredClass::kClear
                          ? value.length
                          : std::size_t{hash_digits(declared.privacy)};
  return sizeof(ValueHeader) + library::padded(std::max<std::size_t>(length, 1));
}

std::uint8_t* write_value(const ValueTerms& terms, const Declared& declared,
                          const candor_value& value, std::uint8_t* into) {
  const auto size = size_of(declared, value);
  auto* const body = into + sizeof(ValueHeader);
  std::uint32_t length = 0;
  if (value.type != CANDOR_TEXT) {
    std::memcpy(body, &value.as, 8);
  } else {
    std::memset(into + size - 8, 0, 8);
    auto* const text = reinterpret_cast<char*>(body);
    if (declared.privacy == DeclaredClass::kClear) {
      length = static_cast<std::uint32_t>(value.length);
      std::memcpy(text, value.as.text, value.length);
    } else {
      length = hash_digits(declared.privacy);
      write_hash(declared.privacy, text_of(value), terms.key, text);
    }
  }
  const ValueHeader header{value.field, value.type << library::kLengthBits | length};
  std::memcpy(into, &header, sizeof header);
  return into + size;
}

}  // namespace

KeptValues choose(const ValueTerms& terms, std::span<const candor_value> values, std::size_t most) {
  KeptValues kept;
  const auto looked_at = std::min(values.size(), library::kMaxEventValues);
  kept.all = looked_at == values.size();
  for (std::size_t i = 0; i < looked_at; ++i) {
    const auto verdict = judge(terms, values[i]);
    if (verdict == Verdict::kWrong) kept.all = false;
    if (verdict != Verdict::kKept) continue;
    const auto bytes = size_of(*terms.declarations.find(values[i].field), values[i]);
    if (kept.bytes + bytes > most) {
      kept.all = false;
      break;
    }
    kept.which |= std::uint64_t{1} << i;
    kept.bytes += bytes;
    ++kept.count;
  }
  return kept;
}

// As chosen, not judged again: a flag may have changed since.
void write_values(const ValueTerms& terms, std::span<const candor_value> values,
                  const KeptValues& kept, std::uint8_t* into) {
  for (auto which = kept.which; which != 0; which &= which - 1) {
    const auto& value = values[static_cast<std::size_t>(std::countr_zero(which))];
    into = write_value(terms, *terms.declarations.find(value.field), value, into);
  }
}

}  // namespace candor::sdk
