#include "wire/protobuf.h"

#include <cstring>

namespace candor {
namespace {

constexpr std::uint32_t kMaxFieldNumber = (1u << 29) - 1;

void put_varint(std::string& message, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) message += static_cast<char>(value | 0x80);
  message += static_cast<char>(value);
}

// Little-endian machines only, like the rest of the collector.
template <typename T>
bool take_fixed(std::string_view& bytes, std::uint64_t& value) {
  if (bytes.size() < sizeof(T)) return false;
  T read;
  std::memcpy(&read, bytes.data(), sizeof read);
  bytes.remove_prefix(sizeof read);
  value = read;
  return true;
}

}  // namespace

bool take_varint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1) return false;  // beyond 64 bits
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool take_fixed64(std::string_view& bytes, std::uint64_t& value) {
  return take_fixed<std::uint64_t>(bytes, value);
}

bool ProtobufReader::next_of_any(ProtobufField& field) {
  if (!ok_ || rest_.empty()) return false;
  std::uint64_t tag = 0;
  if (!take_varint(rest_, tag)) return fail();
  if (tag >> 3 == 0 || tag >> 3 > kMaxFieldNumber) return fail();
  field = {static_cast<std::uint32_t>(tag >> 3), {}, 0, {}};
  switch (tag & 7) {
    case 0:
      field.kind = ProtobufField::Kind::kNumber;
      return take_varint(rest_, field.value) || fail();
    case 1:
      field.kind = ProtobufField::Kind::kFixed64;
      return take_fixed<std::uint64_t>(rest_, field.value) || fail();
    case 2: {
      field.kind = ProtobufField::Kind::kBytes;
      std::uint64_t length = 0;
      if (!take_varint(rest_, length) || length > rest_.size()) return fail();
      field.bytes = rest_.substr(0, length);
      rest_.remove_prefix(length);
      return true;
    }
    case 5:
      field.kind = ProtobufField::Kind::kFixed32;
      return take_fixed<std::uint32_t>(rest_, field.value) || fail();
    default:  // groups, which none of the messages we read has
      return fail();
  }
}

void put_varint_field(std::string& message, std::uint32_t number, std::uint64_t value) {
  put_varint(message, number << 3);
  put_varint(message, value);
}

void put_fixed64_field(std::string& message, std::uint32_t number, std::uint64_t bits) {
  put_varint(message, number << 3 | 1);
  message.append(reinterpret_cast<const char*>(&bits), sizeof bits);
}

void put_bytes_field(std::string& message, std::uint32_t number, std::string_view bytes) {
  put_varint(message, number << 3 | 2);
  put_varint(message, bytes.size());
  message += bytes;
}

}  // namespace candor
