#include "agent/seal/seal_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/seal/limits.h"
#include "agent/seal/report_id.h"
#include "agent/seal/scrub.h"
#include "agent/seal/seal.h"
#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kMember = "devices";
constexpr std::size_t kMaxModelLength = 96;

// The day: a finer time would be a mark by which documents can be joined.
std::string stamp_of(Instant now) {
  auto day = format_day(day_of(now));
  std::erase(day, '-');
  return day + "-000000";
}

std::string as_name(std::string_view text) {
  std::string name;
  for (const unsigned char c : text.substr(0, kMaxModelLength)) {
    name += std::isalnum(c) != 0 || c == '.' || c == '-' ? static_cast<char>(c) : '_';
  }
  while (name.ends_with('_')) name.pop_back();
  return name;
}

// "SEAGATE_ST4000NM0023_…": of the scrubbed document, since a model may hold a serial number.
std::string drive_name(const Json& clean, const std::string& id) {
  std::string name;
  for (const auto* key : {"scsi_vendor", "vendor"}) {
    if (name.empty()) name = as_name(string_member(clean, key));
  }
  for (const auto* key : {"scsi_product", "model_name", "scsi_model_name", "product"}) {
    const auto model = as_name(string_member(clean, key));
    if (model.empty()) continue;
    name += (name.empty() ? "" : "_") + model;
    break;
  }
  return name.empty() ? id : name + "_" + id;
}

Json header_of(const DeviceSealTerms& terms) {
  Json header = {{"format", 1},
                 {"kind", "device"},
                 {"product", terms.contract.product},
                 {"contract", terms.contract.hash}};
  if (terms.contract.licence) header["licence"] = terms.contract.licence->id;
  header["agent"] = terms.agent;
  return header;
}

Json devices_of(const DriveObservation& observation, const DeviceSealTerms& terms) {
  std::vector<DriveNames> all;
  for (const auto& drive : observation.drives) all.push_back(names_of(drive));
  Json devices = Json::object();
  for (const auto& drive : observation.drives) {
    auto clean = scrub(drive, observation.hosts, all);
    clean["host_id"] = terms.identity.host();
    const auto name = drive_name(clean, terms.identity.drive(drive));
    devices[name] = {{stamp_of(terms.now), std::move(clean)}};
  }
  return devices;
}

// Drives of which nothing but the host's number would leave are none.
std::size_t drop_empty(Json& devices) {
  Json kept = Json::object();
  for (auto& [name, samples] : devices.items()) {
    const bool says = std::ranges::any_of(samples, [](const Json& sample) {
      return sample.size() > (sample.contains("host_id") ? 1u : 0u);
    });
    if (says) kept[name] = std::move(samples);
  }
  devices = std::move(kept);
  return devices.size();
}

bool all_on(const Json& json, const Schema::Node& node, const Contract& contract,
            const ChannelSet& channels) {
  if (node.field)
    return channels.contains(contract.channels[contract.fields[*node.field].channel].name);
  if (json.is_array()) {
    return node.element != nullptr && std::ranges::all_of(json, [&](const Json& element) {
             return all_on(element, *node.element, contract, channels);
           });
  }
  if (!json.is_object()) return true;
  const auto items = json.items();
  return std::all_of(items.begin(), items.end(), [&](const auto& item) {
    const auto* member = node.member(item.key());
    return member != nullptr && all_on(item.value(), *member, contract, channels);
  });
}

}  // namespace

class DeviceSeal {
 public:
  static SealedDeviceReport close(std::string bytes, Instant now) {
    auto digest = sha256_hex(bytes);
    auto id = report_id(now, digest);
    return {std::move(id), std::move(bytes), std::move(digest)};
  }
};

Result<SealedDevices> seal_devices(const DriveObservation& observation,
                                   const DeviceSealTerms& terms) {
  Sieve sieve({terms.contract, terms.fields, terms.channels, terms.identity.key(), terms.now});
  auto kept = sieve.pass({{kMember, devices_of(observation, terms)}});
  auto devices = kept.contains(kMember) ? std::move(kept[kMember]) : Json::object();
  const auto drives = drop_empty(devices);
  if (drives == 0) {
    return Error{ErrorKind::kNothing,
                 "No drive of this machine tells anything that may be reported, so there is no "
                 "device report."};
  }
  auto bytes = to_pretty({{"candor", header_of(terms)}, {kMember, std::move(devices)}});
  if (bytes.size() > kMaxReportBytes) {
    return Error{ErrorKind::kBadData,
                 fmt::format("The device report would be {} bytes large; at most {} are sent. "
                             "Switch it off with `candor channel disable NAME`.",
                             bytes.size(), kMaxReportBytes)};
  }
  return SealedDevices{DeviceSeal::close(std::move(bytes), terms.now), drives,
                       sieve.take_left_out()};
}

ChannelSet device_channels(const Contract& contract) {
  ChannelSet channels;
  for (const auto& field : contract.fields) {
    if (!field.event && field.path.starts_with("devices."))
      channels.insert(contract.channels[field.channel].name);
  }
  return channels;
}

bool devices_may_still_leave(std::string_view report, const Contract& contract,
                             const ChannelSet& channels) {
  const auto json = parse_json(report);
  const auto* header = json.ok() ? find_member(*json, "candor") : nullptr;
  const auto* devices = json.ok() ? find_member(*json, kMember) : nullptr;
  if (header == nullptr || devices == nullptr) return false;
  if (string_member(*header, "kind") != "device" ||
      string_member(*header, "product") != contract.product)
    return false;
  const auto* node = contract.schema.root().member(kMember);
  return node != nullptr && all_on(*devices, *node, contract, channels);
}

}  // namespace candor
