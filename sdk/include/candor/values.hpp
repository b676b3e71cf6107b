// Typed values for what `candor contract generate --lang cpp` writes: each takes what its field is
// declared to take, and the compiler says what is wrong with anything else.
//
//   candor::user_text(argument)   a text that a user entered: only for fields that are hashed
//   candor::FileDigest(…)         what stands for a file: only for fields that are hashed
//   candor::secret(token)         what never leaves: no field takes it
#pragma once

#include <candor/candor.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <type_traits>
#include <utility>

namespace candor {

// A text that a user entered. It lives for as long as what it was made of.
class UserText {
 public:
  constexpr explicit UserText(std::string_view text) : text_(text) {}
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};
constexpr UserText user_text(std::string_view text) { return UserText(text); }

// Marked, so that it goes nowhere by mistake.
template <typename Value>
class Secret {
 public:
  constexpr explicit Secret(const Value&) {}
};
template <typename Value>
constexpr Secret<Value> secret(const Value& value) {
  return Secret<Value>(value);
}

// What stands for a file, such as the product's configuration: fields that are hashed say with it
// that the file changed. It is read when this is made, and may be recorded as often as one likes;
// what is in it goes nowhere (candor_digest_file).
class FileDigest {
 public:
  FileDigest(candor_telemetry* telemetry, const char* path)
      : result_(candor_digest_file(telemetry, path, &digest_)) {}
  // CANDOR_OK, or why there is no value.
  candor_result result() const { return result_; }
  const candor_file_digest& get() const { return digest_; }

 private:
  candor_file_digest digest_{};
  candor_result result_;
};

namespace values {

template <typename Type>
inline constexpr bool kIsSecret = false;
template <typename Value>
inline constexpr bool kIsSecret<Secret<Value>> = true;
template <typename Type>
inline constexpr bool kIsWrong = false;  // only ever asked of what is

template <typename Type>
concept Text = std::convertible_to<const Type&, std::string_view>;

// What any field says to a value that it does not take.
template <typename Given>
constexpr void refuse_secret() {
  static_assert(!kIsSecret<Given>, "candor: what is secret has no way in: no field takes it");
}

}  // namespace values

// One of the values that the contract lists.
template <typename Enumeration>
class Choice {
 public:
  constexpr Choice() = default;
  constexpr Choice(Enumeration value) : value_(value), given_(true) {}
  template <typename Given>
  requires(!std::same_as<Given, Enumeration>) constexpr Choice(const Given&) {
    values::refuse_secret<Given>();
    static_assert(values::kIsSecret<Given> || values::kIsWrong<Given>,
                  "candor: this field takes one of the values that the contract lists, by its "
                  "name in the enumeration, and no text or number");
  }
  candor_value as(std::uint32_t field) const {
    const auto text = given_ ? text_of(value_) : std::string_view();
    return candor_text_of(given_ ? field : 0, text.data(), text.size());
  }

 private:
  Enumeration value_{};
  bool given_ = false;
};

// A text that nobody entered: the name of something of the product's own.
class ClearText {
 public:
  constexpr ClearText() = default;
  template <typename Given>
  constexpr ClearText(const Given& given) {
    values::refuse_secret<Given>();
    static_assert(!std::same_as<Given, UserText>,
                  "candor: a text that a user entered does not go into a field of class clear; the "
                  "contract has to declare it as hashed or keyed");
    static_assert(!std::same_as<Given, FileDigest>,
                  "candor: the digest of a file goes into a field that is hashed or keyed");
    if constexpr (values::Text<Given>) {
      text_ = given;
      given_ = true;
    } else {
      static_assert(values::kIsSecret<Given> || std::same_as<Given, UserText> ||
                        std::same_as<Given, FileDigest> || values::kIsWrong<Given>,
                    "candor: this field takes a text");
    }
  }
  candor_value as(std::uint32_t field) const {
    return candor_text_of(given_ ? field : 0, text_.data(), text_.size());
  }

 private:
  std::string_view text_;
  bool given_ = false;
};

// A text or a file whose hash is recorded, and nothing else of it. The digest of a file lives for
// as long as this.
class HashedText {
 public:
  constexpr HashedText() = default;
  template <typename Given>
  constexpr HashedText(const Given& given) {
    values::refuse_secret<Given>();
    if constexpr (std::same_as<Given, UserText>) {
      text_ = given.text();
      given_ = true;
    } else if constexpr (std::same_as<Given, FileDigest>) {
      file_ = &given.get();
    } else if constexpr (values::Text<Given>) {
      text_ = given;
      given_ = true;
    } else {
      static_assert(values::kIsSecret<Given> || values::kIsWrong<Given>,
                    "candor: this field takes a text or the digest of a file, of which a hash is "
                    "recorded");
    }
  }
  candor_value as(std::uint32_t field) const {
    if (file_ != nullptr) return candor_digest(field, file_);
    return candor_text_of(given_ ? field : 0, text_.data(), text_.size());
  }

 private:
  std::string_view text_;
  const candor_file_digest* file_ = nullptr;
  bool given_ = false;
};

class Boolean {
 public:
  constexpr Boolean() = default;
  constexpr Boolean(bool value) : value_(value), given_(true) {}
  template <typename Given>
  requires(!std::same_as<Given, bool>) constexpr Boolean(const Given&) {
    values::refuse_secret<Given>();
    static_assert(values::kIsSecret<Given> || values::kIsWrong<Given>,
                  "candor: this field takes true or false");
  }
  candor_value as(std::uint32_t field) const { return candor_boolean(given_ ? field : 0, value_); }

 private:
  bool value_ = false;
  bool given_ = false;
};

class Integer {
 public:
  constexpr Integer() = default;
  template <typename Given>
  constexpr Integer(const Given& given) {
    values::refuse_secret<Given>();
    if constexpr (std::integral<Given> && !std::same_as<Given, bool>) {
      // What a number of 64 bits with a sign cannot hold is no value.
      value_ = static_cast<std::int64_t>(given);
      given_ = std::in_range<std::int64_t>(given);
    } else {
      static_assert(values::kIsSecret<Given> || values::kIsWrong<Given>,
                    "candor: this field takes a whole number");
    }
  }
  candor_value as(std::uint32_t field) const { return candor_integer(given_ ? field : 0, value_); }

 private:
  std::int64_t value_ = 0;
  bool given_ = false;
};

class Number {
 public:
  constexpr Number() = default;
  template <typename Given>
  constexpr Number(const Given& given) {
    values::refuse_secret<Given>();
    if constexpr (std::is_arithmetic_v<Given> && !std::same_as<Given, bool>) {
      value_ = static_cast<double>(given);
      given_ = true;
    } else {
      static_assert(values::kIsSecret<Given> || values::kIsWrong<Given>,
                    "candor: this field takes a number");
    }
  }
  candor_value as(std::uint32_t field) const { return candor_number(given_ ? field : 0, value_); }

 private:
  double value_ = 0;
  bool given_ = false;
};

// A moment, to the second.
class Moment {
 public:
  constexpr Moment() = default;
  template <typename Given>
  Moment(const Given& given) {
    values::refuse_secret<Given>();
    if constexpr (std::convertible_to<const Given&, std::chrono::system_clock::time_point>) {
      const std::chrono::system_clock::time_point at = given;
      const auto day = std::chrono::floor<std::chrono::days>(at);
      const std::chrono::year_month_day date(day);
      const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
      const int length = std::snprintf(
          text_, sizeof text_, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
          static_cast<int>(time.seconds().count()));
      length_ = length == 20 ? 20 : 0;
    } else {
      static_assert(values::kIsSecret<Given> || values::kIsWrong<Given>,
                    "candor: this field takes a moment of std::chrono::system_clock");
    }
  }
  candor_value as(std::uint32_t field) const {
    return candor_text_of(length_ == 0 ? 0 : field, text_, length_);
  }

 private:
  char text_[32] = {};
  std::size_t length_ = 0;
};

}  // namespace candor
