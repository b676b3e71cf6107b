#include "server/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <future>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "server/admit/put_back.h"
#include "server/limits.h"

namespace candor {
namespace {

// One record with its values in quarantine.
struct Held {
  ReplayRecord record;  // but for what admission says
  std::string contract_before;
  std::string rest;  // its kept document, when it stands in quarantine
  std::vector<Quarantined> values;
};

// What the store keeps of a record.
struct Kept {
  std::string body;
  std::string deletion;
  bool simulated = false;
  bool automation = false;
};

std::string quoted(const std::vector<std::string>& values) {
  std::vector<std::string> texts;
  for (const auto& value : values) texts.push_back(sql_quote(value));
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Replay {
 public:
  Replay(EngineClient& engine, const Catalogue& catalogue, Intake& intake, const Product& product,
         Instant now)
      : engine_(engine), catalogue_(catalogue), intake_(intake), product_(product), now_(now) {}

  Result<Replayed> run(std::uint64_t offset) {
    CANDOR_ASSIGN(records, held_records(offset));
    for (std::size_t from = 0; from < records.size(); from += kReplayRecords) {
      const auto to = std::min(from + kReplayRecords, records.size());
      const std::span<Held> some(records.data() + from, to - from);
      CANDOR_ASSIGN(kept, kept_of(some));
      for (auto& one : some) {
        const auto found = kept.find(one.record.id);
        hold(one, found == kept.end() ? nullptr : &found->second);
      }
      // Together, so that they share the disk's time.
      CANDOR_TRY(wait_for_disk());
    }
    return result_;
  }

 private:
  // In the order they came. A record of which not all values were read waits for the next call.
  Result<std::vector<Held>> held_records(std::uint64_t offset) {
    CANDOR_ASSIGN(
        rows,
        engine_.query(fmt::format(
            "SELECT toString(record), kind, id, event, toString(at), toString(toUInt32(received)), "
            "protocol, contract, installation, path, value, place, body, toString(state) "
            "FROM candor.quarantine FINAL WHERE product = {} AND kind != 'device' AND (state = 1 "
            "OR place != '' AND value != '') ORDER BY received, record, id, place LIMIT {} OFFSET "
            "{}",
            sql_quote(product_.name()), kReplayRows, offset)));
    std::vector<Held> records;
    std::size_t last_began = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto id = rows.text(row, 2);
      if (records.empty() || records.back().record.id != id) {
        records.push_back(begin(rows, row));
        last_began = row;
      }
      auto& held = records.back();
      if (rows.text(row, 13) == "1") {
        ++held.record.turn;
        continue;
      }
      held.rest = rows.text(row, 12);
      held.values.push_back(
          {rows.text(row, 9), "", Problem::kWrongType, rows.text(row, 10), rows.text(row, 11)});
    }
    if (rows.size() == kReplayRows) {
      result_.next = offset + rows.size();
      if (records.size() > 1) result_.next = offset + last_began;
      if (records.size() > 1) records.pop_back();
    }
    std::erase_if(records, [](const Held& held) { return held.values.empty(); });
    return records;
  }

  Held begin(const Rows& rows, std::size_t row) const {
    Held held;
    auto& record = held.record;
    record.product = product_.name();
    record.record = std::stoull(rows.text(row, 0));
    record.of =
        rows.text(row, 1) == "report" ? ReplayRecord::Of::kReport : ReplayRecord::Of::kEvent;
    record.id = rows.text(row, 2);
    record.event = rows.text(row, 3);
    record.at = from_unix_millis(std::stoll(rows.text(row, 4)));
    record.received = from_unix_millis(std::stoll(rows.text(row, 5)) * 1000);
    record.protocol = rows.text(row, 6);
    held.contract_before = rows.text(row, 7);
    record.installation = rows.text(row, 8);
    return held;
  }

  // By the records' ids.
  Result<std::map<std::string, Kept>> kept_of(std::span<const Held> records) {
    std::map<std::string, Kept> kept;
    std::vector<std::string> events, installations, times;
    for (const auto& held : records) {
      if (held.record.of == ReplayRecord::Of::kEvent) {
        events.push_back(held.record.id);
        if (!held.rest.empty()) kept[held.record.id].body = held.rest;
      } else {
        installations.push_back(held.record.installation);
        times.push_back(std::to_string(to_unix_millis(held.record.at)));
      }
    }
    if (!events.empty()) {
      CANDOR_ASSIGN(
          rows, engine_.query(fmt::format(
                    "SELECT id, body FROM candor.events FINAL WHERE product = {} AND id IN ({})",
                    sql_quote(product_.name()), quoted(events))));
      for (std::size_t row = 0; row < rows.size(); ++row)
        kept[rows.text(row, 0)] = Kept{rows.text(row, 1), "", false, false};
    }
    if (installations.empty()) return kept;
    CANDOR_ASSIGN(
        rows, engine_.query(fmt::format(
                  "SELECT installation, toString(version), body, deletion, toString(simulated), "
                  "toString(automation) FROM candor.reports FINAL WHERE product = {} AND "
                  "installation IN ({}) AND version IN ({})",
                  sql_quote(product_.name()), quoted(installations), fmt::join(times, ", "))));
    std::map<std::pair<std::string, std::string>, std::size_t> by_report;
    for (std::size_t row = 0; row < rows.size(); ++row)
      by_report[{rows.text(row, 0), rows.text(row, 1)}] = row;
    for (const auto& held : records) {
      const auto found = by_report.find(
          {held.record.installation, std::to_string(to_unix_millis(held.record.at))});
      if (held.record.of != ReplayRecord::Of::kReport || found == by_report.end()) continue;
      const auto row = found->second;
      kept[held.record.id] = Kept{rows.text(row, 2), rows.text(row, 3), rows.text(row, 4) == "1",
                                  rows.text(row, 5) == "1"};
    }
    return kept;
  }

  bool is_same_consent(const Held& held) const {
    if (held.record.of != ReplayRecord::Of::kReport || held.record.protocol != "native")
      return true;
    const auto before = catalogue_.contract(held.contract_before);
    return before && before->consent_hash == product_.current->consent_hash;
  }

  Result<Admitted> admit_again(const Held& held, const std::string& whole) const {
    const auto& contract = *product_.current;
    // What is to be hashed was hashed when it came; only values of class clear are in quarantine.
    if (held.record.of == ReplayRecord::Of::kEvent)
      return admit_event(whole, contract, held.record.event, day_of(now_), HashHere(""));
    return admit(whole, contract, {}, day_of(now_));
  }

  void hold(Held& held, const Kept* kept) {
    const auto count = held.values.size();
    if (kept == nullptr) return lose(count);
    if (!is_same_consent(held)) {
      result_.other_consent += count;
      return;
    }
    const auto whole = put_back(kept->body, held.values);
    if (!whole.ok()) return lose(count);
    auto admitted = admit_again(held, *whole);
    if (!admitted.ok()) return lose(count);
    std::map<std::string_view, bool> still;
    for (const auto& row : admitted->quarantined) still[row.place] = true;
    auto& record = held.record;
    for (const auto& value : held.values) {
      if (!still.contains(value.place)) record.fitted.push_back({value.path, value.place});
    }
    result_.held += count - record.fitted.size();
    if (record.fitted.empty()) return;
    record.contract = product_.current->hash;
    const auto before = admit_again(held, kept->body);
    const bool kept_any = held.rest.empty() && before.ok() && before->kept_values > 0;
    record.before = kept_any ? Outcome::kPartlyQuarantined : Outcome::kQuarantined;
    record.deletion = kept->deletion;
    record.simulated = kept->simulated;
    record.automation = kept->automation;
    admitted->dropped.clear();
    record.admitted = *std::move(admitted);
    const std::string_view identity[] = {record.product, "replay", record.id, record.contract};
    record.key = make_record_key(identity);
    keep(std::move(record));
  }

  void lose(std::size_t count) { result_.lost += count; }

  void keep(ReplayRecord record) {
    const auto values = record.fitted.size();
    auto answered = std::make_shared<std::promise<Result<Outcome>>>();
    under_way_.emplace_back(answered->get_future(), values);
    intake_.accept(std::move(record), [answered](Result<Outcome> outcome) {
      answered->set_value(std::move(outcome));
    });
  }

  Status wait_for_disk() {
    Status status = Ok{};
    for (auto& [answered, values] : under_way_) {
      auto outcome = answered.get();
      if (!outcome.ok()) status = std::move(outcome).error();
      if (!outcome.ok() || *outcome == Outcome::kDuplicate) continue;
      ++result_.records;
      result_.values += values;
    }
    under_way_.clear();
    return status;
  }

  EngineClient& engine_;
  const Catalogue& catalogue_;
  Intake& intake_;
  const Product& product_;
  const Instant now_;
  std::vector<std::pair<std::future<Result<Outcome>>, std::size_t>> under_way_;
  Replayed result_;
};

}  // namespace

Result<Replayed> replay(EngineClient& engine, const Catalogue& catalogue, Intake& intake,
                        const Product& product, std::uint64_t from, Instant now) {
  return Replay(engine, catalogue, intake, product, now).run(from);
}

}  // namespace candor
