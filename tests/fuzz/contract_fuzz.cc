// Arbitrary bytes as a contract: what is no contract is an error with its place; what is one can be
// linted, documented, filtered by and read insights with, and its hashes are the same every time.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "contract/contract.h"
#include "contract/docs.h"
#include "contract/insight.h"
#include "contract/lint.h"
#include "require.h"

namespace {

using namespace candor;

constexpr std::int64_t kToday = 20'778;

// "fuzz.toml:LINE:COLUMN: sentence"
void require_place(const Error& error) {
  require(error.kind == ErrorKind::kConfiguration);
  std::string_view rest = error.message;
  require(rest.starts_with("fuzz.toml:"));
  rest.remove_prefix(10);
  for (int part = 0; part < 2; ++part) {
    const auto digits = rest.find_first_not_of("0123456789");
    require(digits != 0 && digits != std::string_view::npos && rest[digits] == ':');
    rest.remove_prefix(digits + 1);
  }
  require(rest.size() > 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto contract = parse_contract(text, "fuzz.toml");
  if (!contract.ok()) {
    require_place(contract.error());
    return 0;
  }
  require(contract->hash == sha256_hex(text));
  const auto again = parse_contract(text, "other.toml");
  require(again.ok() && again->hash == contract->hash &&
          again->consent_hash == contract->consent_hash);
  for (const auto& finding : lint(*contract, kToday))
    require(to_text(finding, *contract).starts_with("fuzz.toml:"));
  require(to_markdown(*contract) == to_markdown(*again));
  for (std::size_t i = 0; i < contract->fields.size(); ++i) {
    const auto path = parse_path(contract->fields[i].path);
    require(path.ok());
    const auto* node = contract->schema.find(*path);
    require(node != nullptr && node->field == i);
    require(contract->fields[i].channel < contract->channels.size());
  }
  InsightReader insights(*contract);
  const auto values = insights.read(
      R"({"osd":{"count":3},"metadata":{"osd":{"version":{"16.2":1}}},"os":"debian"})");
  require(values.ok() && values->size() == contract->insights.size());
  return 0;
}
