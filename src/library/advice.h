// What is known of plugins that programs may be about to run: library/advice in the state folder
// (docs/formats/library.md). Pure; any bytes are taken; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library/limits.h"

namespace candor::library {

inline constexpr const char* kAdviceFile = "advice";

enum class Verdict : std::uint8_t { kDegraded = 1, kFailing = 2 };

std::string_view name_of(Verdict verdict);
std::optional<Verdict> verdict_of(std::string_view name);

// Of one version of a plugin.
struct AdviceLine {
  std::string event;  // as the contract names what happens when the plugin runs
  std::string name;
  std::string version;
  Verdict verdict = Verdict::kFailing;
  std::string better{};    // the version to take instead; empty: none is known
  std::string sentence{};  // what led to the verdict
};

// The whole file. A line whose names do not fit, or hold control characters, is left out; of a
// sentence that does not fit the end is.
std::string make_advice(std::string_view product, std::int64_t made_ms,
                        std::vector<AdviceLine> lines);

// Where the file's bytes come from.
class AdviceBytes {
 public:
  virtual ~AdviceBytes() = default;
  virtual std::uint64_t size() const = 0;
  // How many bytes were put into `into`: fewer than asked for only at the end or after a failure.
  virtual std::size_t read(std::uint64_t offset, char* into, std::size_t count) const = 0;
};

using AdviceRoom = std::array<char, kMaxAdviceLineBytes>;

struct PluginName {
  std::string_view event;
  std::string_view name;
  std::string_view version;
};

struct FoundAdvice {
  Verdict verdict;
  std::string_view better;    // in the room; at most kMaxAdviceNameBytes
  std::string_view sentence;  // the same; at most kMaxAdviceSentenceBytes
};

// Reads as many lines as it has to and allocates nothing. Nothing when there is none of that
// plugin, the file is another product's or older than kMaxAdviceAge, or its bytes are not what they
// should be.
std::optional<FoundAdvice> find_advice(const AdviceBytes& file, std::string_view product,
                                       const PluginName& plugin, std::int64_t now_ms,
                                       AdviceRoom& room);

}  // namespace candor::library
