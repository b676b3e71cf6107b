// Arbitrary bytes as the body of a request, through each protocol and admission: what is kept is
// JSON, is admitted again unchanged, and holds nothing that the contract does not declare.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/json.h"
#include "contract/catalogue.h"
#include "contract/check.h"
#include "contract/insight.h"
#include "one_product.h"
#include "server/admit/limits.h"
#include "server/protocol/ceph.h"
#include "server/protocol/native.h"
#include "server/record/record.h"

namespace {

using namespace candor;

constexpr std::string_view kContract = R"toml(
candor = 1
[product]
name = "stone"
contact = "c@example.com"
accepts = ["native", "ceph"]
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [
  { path = "created", type = "timestamp", about = "Created." },
  { path = "license", type = "string", max_length = 32, about = "Licence." },
  { path = "mon.count", type = "integer", min = 0, max = 1000, about = "Monitors." },
  { path = "pools[].pg_num", type = "integer", min = 0, about = "Groups." },
  { path = "pools[].type", type = "string", values = ["replicated", "erasure"], about = "Kind." },
  { path = "pools[].name", type = "string", class = "never", about = "Never." },
  { path = "pools[].application[]", type = "string", max_length = 16, about = "Uses." },
  { path = "fs.balanced", type = "boolean", about = "Balanced." },
  { path = "metadata.osd.*.*", type = "integer", max = 100000, about = "OSDs." },
  { path = "usage.\"pg_num:\"", type = "number", about = "Groups." },
  { path = "ident.contact", type = "string", class = "keyed", about = "Hashed." },
  { path = "old", type = "integer", expires = "2020-01-01", about = "Expired." },
  { path = "devices.*.*.hours", type = "integer", about = "Hours." },
  { path = "devices.*.*.serial", type = "string", class = "never", about = "Never." },
]
[[insight]]
name = "version"
about = "By version."
path = "metadata.osd.version"
aggregate = "majority"
extract = "ceph version v*([0-9.]+|Dev)"
)toml";

constexpr std::int64_t kToday = 20'778;

const Catalogue& catalogue() {
  static const auto opened = catalogue_of(kContract);
  return opened;
}

Scalar scalar_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return std::string_view(value.get_ref<const std::string&>());
  return nullptr;
}

// Every value lies where the contract declares one, and is what it declares.
void require_declared(const Json& value, const Schema::Node& node, const Contract& contract) {
  if (value.is_object()) {
    require(node.is_object());
    for (const auto& [key, member] : value.items()) {
      const auto* next = node.member(key);
      require(next != nullptr);
      require_declared(member, *next, contract);
    }
  } else if (value.is_array()) {
    require(node.is_list());
    for (const auto& entry : value) require_declared(entry, *node.element, contract);
  } else if (!node.field) {
    require(value.is_null());
  } else {
    const auto& field = contract.fields[*node.field];
    require(!is_expired(field, kToday) && !check(field, scalar_of(value)));
  }
}

void require_bounded(const Admitted& admitted) {
  require(admitted.dropped.size() <= kMaxDropRows &&
          admitted.quarantined.size() <= kMaxQuarantineRows);
  for (const auto& row : admitted.dropped)
    require(row.path.size() <= kMaxPathBytes && row.count > 0);
  for (const auto& row : admitted.quarantined) {
    require(row.path.size() <= kMaxPathBytes && row.value.size() <= kMaxQuarantineValueBytes);
    require(row.value.empty() || parse_json(row.value).ok());
    // Only what is declared in clear may be looked at again.
    require(row.path.find("serial") == std::string::npos && row.path != "pools[].name" &&
            row.path != "ident.contact");
  }
}

void check_admission(const Submission& submission) {
  const auto& contract = *submission.contract;
  const auto once = admit(submission.body, contract, submission.envelope, kToday);
  if (!once.ok()) return require(once.error().kind == ErrorKind::kBadData);
  require_bounded(*once);
  const auto json = parse_json(once->body);
  require(json.ok() && json->is_object() && once->body.find('\n') == std::string::npos);
  require_declared(*json, contract.schema.root(), contract);

  const auto twice = admit(once->body, contract, {}, kToday);
  require(twice.ok() && twice->body == once->body && twice->kept_values == once->kept_values);
  require(twice->dropped.empty() && twice->quarantined.empty());

  DocumentRecord record;
  record.admitted = *once;
  const auto decoded = decode_record(encode(record));
  require(decoded.ok() && std::get<DocumentRecord>(*decoded).admitted.body == once->body);
  InsightReader insights(contract);
  require(insights.read(once->body).ok());
}

// A native report names its contract by hash; the corpus says CONTRACT, so that it outlives a
// change.
std::string with_contract(std::string body) {
  constexpr std::string_view kPlace = "CONTRACT";
  if (const auto at = body.find(kPlace); at != std::string::npos) {
    body.replace(at, kPlace.size(), catalogue().products().front().current->hash);
  }
  return body;
}

using Read = SubmissionOrRefusal (*)(const IncomingRequest&, const Catalogue&);

void check_protocol(Read read, const std::string& body) {
  HttpRequest request;
  request.body = body;
  const auto result =
      read(IncomingRequest{request, "", from_unix_millis(kToday * 86'400'000)}, catalogue());
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    require(refusal->status >= 400 && refusal->status < 500);
    require(!refusal->reason.empty() && refusal->message.ends_with('.'));
    return;
  }
  const auto& submission = std::get<Submission>(result);
  require(submission.product != nullptr && submission.contract != nullptr);
  require(submission.kind == SubmissionKind::kDeviceReport ? submission.installation.empty()
                                                           : is_uuid(submission.installation));
  check_admission(submission);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  check_protocol(read_native_report, with_contract(body));
  check_protocol(read_ceph_report, body);
  check_protocol(read_ceph_device, body);

  // The same without a protocol's header, which few inputs have.
  Submission bare;
  bare.contract = catalogue().products().front().current;
  bare.body = body;
  check_admission(bare);
  return 0;
}
