#include "library/switch_file.h"

#include <algorithm>
#include <cstring>

#include "library/limits.h"

namespace candor::library {

std::string make_switch(std::string_view text, std::span<const std::uint8_t> flags) {
  SwitchHeader header{};
  header.magic = kSwitchMagic;
  header.version = kVersion;
  header.flags_at = sizeof header;
  header.declarations = static_cast<std::uint32_t>(flags.size());
  header.text_at = header.flags_at + header.declarations + 1;
  header.text_bytes = static_cast<std::uint32_t>(text.size());
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes += '\0';
  for (const auto flag : flags) bytes += static_cast<char>(flag);
  bytes += text;
  return bytes;
}

std::optional<SwitchView> read_switch(std::string_view bytes) {
  SwitchView read{};
  if (bytes.size() < sizeof read.header) return std::nullopt;
  std::memcpy(&read.header, bytes.data(), sizeof read.header);
  const auto& header = read.header;
  const std::uint64_t flags_end = std::uint64_t{header.flags_at} + header.declarations + 1;
  const bool is_whole = header.magic == kSwitchMagic && header.version == kVersion &&
                        header.text_bytes <= kMaxTextBytes && flags_end <= bytes.size() &&
                        std::uint64_t{header.text_at} + header.text_bytes <= bytes.size();
  if (!is_whole) return std::nullopt;
  read.text = bytes.substr(header.text_at, header.text_bytes);
  return read;
}

}  // namespace candor::library
