// Reading and writing Protocol Buffers' wire format, without schemas: a message is its fields, one
// after the other (docs/decisions/028-protobuf-by-hand.md). Pure; allocates nothing while reading.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace candor {

struct ProtobufField {
  enum class Kind { kNumber, kFixed64, kBytes, kFixed32 };
  std::uint32_t number = 0;
  Kind kind = Kind::kNumber;
  std::uint64_t value = 0;  // of a number, or the bits of a fixed one
  std::string_view bytes;   // of kBytes: a text, a message, or packed values

  // A field of another kind than its schema says is unknown, and so is passed over.
  bool is_number(std::uint32_t n) const { return number == n && kind == Kind::kNumber; }
  bool is_fixed64(std::uint32_t n) const { return number == n && kind == Kind::kFixed64; }
  bool is_bytes(std::uint32_t n) const { return number == n && kind == Kind::kBytes; }
  double real() const { return std::bit_cast<double>(value); }  // of kFixed64
  std::int64_t integer() const { return static_cast<std::int64_t>(value); }
};

// The fields of one message; a view, valid while its bytes are.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // The next field; false at the end, and for good at what is no field.
  bool next(ProtobufField& field) {
    // Nearly all fields are these: a number below 16, and a text or message below 128 bytes.
    if (ok_ && rest_.size() >= 2) {
      const std::uint32_t tag = static_cast<unsigned char>(rest_[0]);
      const std::uint32_t size = static_cast<unsigned char>(rest_[1]);
      if (tag < 0x80 && tag >= 8 && (tag & 7) == 2 && size < 0x80 && size + 2 <= rest_.size()) {
        field = {tag >> 3, ProtobufField::Kind::kBytes, 0, rest_.substr(2, size)};
        rest_.remove_prefix(size + 2);
        return true;
      }
    }
    return next_of_any(field);
  }
  // Whether what was read so far is what the format allows.
  bool ok() const { return ok_; }

 private:
  bool next_of_any(ProtobufField& field);
  bool fail() {
    ok_ = false;
    return false;
  }
  std::string_view rest_;
  bool ok_ = true;
};

// Takes one varint, or eight bytes, off the front; false when there is none whole.
bool take_varint(std::string_view& bytes, std::uint64_t& value);
bool take_fixed64(std::string_view& bytes, std::uint64_t& value);

// Appends a field.
void put_varint_field(std::string& message, std::uint32_t number, std::uint64_t value);
void put_fixed64_field(std::string& message, std::uint32_t number, std::uint64_t bits);
void put_bytes_field(std::string& message, std::uint32_t number, std::string_view bytes);

}  // namespace candor
