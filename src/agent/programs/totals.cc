#include "agent/programs/totals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/programs/members.h"
#include "base/numbers.h"
#include "contract/program_fields.h"

namespace candor {
namespace {

std::string key_of(std::string_view name, const std::vector<double>& bounds) {
  auto key = std::string(name);
  for (const auto bound : bounds) key += fmt::format(" {}", bound);
  return key;
}

std::string key_of(const Field& field) {
  std::vector<double> bounds;
  for (const auto& bound : field.bounds) bounds.push_back(parse_number(bound).value_or(0));
  return key_of(counted_name(field), bounds);
}

Json histogram_json(const Field& field, const CountedTotal& total) {
  auto json = Json::object();
  for (std::size_t i = 0; i < field.bounds.size(); ++i) json[field.bounds[i]] = total.counts[i];
  json[std::string(kAboveAll)] = total.counts.back();
  json[std::string(kSum)] = total.sum;
  return json;
}

}  // namespace

void add(CountedTotals& totals, const library::RingView& ring) {
  for (const auto& counted : ring.counts()) {
    const auto& declared = *ring.declarations().find(counted.declaration);
    auto& total = totals[key_of(declared.name, declared.bounds)];
    total.counts.resize(counted.counts.size());
    for (std::size_t i = 0; i < counted.counts.size(); ++i) total.counts[i] += counted.counts[i];
    // A file says what it wants.
    if (std::isfinite(counted.sum)) total.sum += counted.sum;
  }
}

CountedTotals came_since(const CountedTotals& told, const CountedTotals& now) {
  CountedTotals came;
  for (const auto& [key, total] : now) {
    const auto before = told.find(key);
    auto since = total;
    if (before != told.end() && before->second.counts.size() == total.counts.size()) {
      for (std::size_t i = 0; i < since.counts.size(); ++i)
        since.counts[i] -= std::min(since.counts[i], before->second.counts[i]);
      since.sum -= before->second.sum;
    }
    if (!std::isfinite(since.sum)) since.sum = 0;
    if (std::ranges::any_of(since.counts, [](auto count) { return count > 0; }))
      came.emplace(key, std::move(since));
  }
  return came;
}

const Field* counted_field(const Contract& contract, std::string_view key) {
  for (const auto& field : contract.fields) {
    if (!field.event && field.kind != FieldKind::kValue && key_of(field) == key) return &field;
  }
  return nullptr;
}

Json report_members(const Contract& contract, const CountedTotals& totals) {
  auto members = Json::object();
  for (const auto& field : contract.fields) {
    if (field.event || field.kind == FieldKind::kValue) continue;
    const auto found = totals.find(key_of(field));
    if (found == totals.end()) continue;
    const auto& total = found->second;
    const bool is_counter = field.kind == FieldKind::kCounter;
    if (total.counts.size() != (is_counter ? 1 : field.bounds.size() + 1)) continue;
    put_member(members, counted_name(field),
               is_counter ? Json(total.counts.front()) : histogram_json(field, total));
  }
  return members;
}

Json to_json(const CountedTotals& totals) {
  auto json = Json::object();
  for (const auto& [key, total] : totals)
    json[key] = {{"counts", total.counts}, {"sum", std::isfinite(total.sum) ? total.sum : 0}};
  return json;
}

CountedTotals totals_in(const Json& json) {
  CountedTotals totals;
  if (!json.is_object()) return totals;
  for (const auto& [key, value] : json.items()) {
    const auto* counts = find_member(value, "counts");
    const auto* sum = find_member(value, "sum");
    if (counts == nullptr || !counts->is_array() || sum == nullptr || !sum->is_number()) continue;
    CountedTotal total;
    for (const auto& count : *counts)
      total.counts.push_back(count.is_number_unsigned() ? count.get<std::uint64_t>() : 0);
    total.sum = sum->get<double>();
    totals.emplace(key, std::move(total));
  }
  return totals;
}

}  // namespace candor
