// What a client sends: cut anywhere, it is the same requests, and limits hold. (What is refused may
// be refused earlier in one piece: in small ones, the end of a header is waited for.)
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.h"
#include "wire/http_request_reader.h"
#include "wire/limits.h"

namespace {

using namespace candor;
using Step = HttpRequestReader::Step;

constexpr std::uint64_t kLimit = 1'000;

void describe(HttpRequest& request, std::string& told) {
  require(request.path.starts_with('/') && request.path.find('\0') == std::string::npos);
  require(request.body.size() <= kLimit);
  std::size_t header = 0;
  told += request.method + ' ' + request.path + '?' + request.query + '\n';
  for (const auto& [name, value] : request.headers) {
    header += name.size() + value.size();
    told += name + ':' + value + '\n';
  }
  require(header <= kMaxHeaderBytes);
  told += request.body + '\n';
}

// What is understood of `bytes` when they come in pieces of that size.
std::string read(std::string_view bytes, std::size_t piece) {
  HttpRequestReader reader;
  std::string told;
  std::string rest;
  bool reading = false;
  while (!bytes.empty()) {
    rest.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    std::string_view left = rest;
    bool hungry = false;
    while (!left.empty() && !hungry) {
      if (!reading) reader.begin();
      reading = true;
      auto step = reader.put(left);
      if (step == Step::kHeader) {
        step = reader.set_body_limit(kLimit);
      } else {
        hungry = step == Step::kNeedsMore;
      }
      if (step == Step::kRefused) return told;
      if (step != Step::kDone) continue;
      describe(reader.request(), told);
      reading = false;
    }
    rest.erase(0, rest.size() - left.size());
    require(rest.size() <= kMaxHeaderBytes + piece);
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  require(read(bytes, size) == read(bytes, std::size_t{data[0]} + 1));
  return 0;
}
