#include "server/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "server/admit/put_back.h"
#include "server/engine/unlogged.h"
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

bool is_index(std::string_view step) {
  return !step.empty() && step.find_first_not_of("0123456789") == std::string_view::npos;
}

// The order in which values were taken out: indexes of lists by number.
bool comes_before(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const auto step_of = [](std::string_view place) {
      return place.substr(0, std::min(place.find('/', 1), place.size()));
    };
    const auto first = step_of(a), second = step_of(b);
    if (first != second) {
      const bool numbers = is_index(first.substr(1)) && is_index(second.substr(1));
      if (numbers && first.size() != second.size()) return first.size() < second.size();
      return first < second;
    }
    a.remove_prefix(first.size());
    b.remove_prefix(second.size());
  }
  return a.empty() && !b.empty();
}

// A value of a list that was too long to keep: the places of those behind it count it.
bool has_gap_in_list(const std::vector<Quarantined>& values) {
  return std::ranges::any_of(values, [](const Quarantined& row) {
    return row.value.empty() && is_index(row.place.substr(row.place.rfind('/') + 1));
  });
}

std::string quoted(const std::vector<std::string>& values) {
  std::vector<std::string> texts;
  for (const auto& value : values) texts.push_back(sql_quote(value));
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Replay {
 public:
  Replay(EngineClient& engine, const Catalogue& catalogue, Intake& intake, const HashHere& hash,
         const Product& product, Instant now)
      : engine_(engine),
        catalogue_(catalogue),
        intake_(intake),
        hash_(hash),
        product_(product),
        now_(now) {}

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
            "protocol, contract, installation, path, value, place, body, toString(state), "
            "toString(automation) "
            "FROM candor.quarantine FINAL WHERE product = {} AND kind != 'device' AND (state = 1 "
            "OR place != '') ORDER BY received, record, id, place LIMIT {} OFFSET "
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
    record.automation = rows.text(row, 14) == "1";
    return held;
  }

  // By the records' ids.
  Result<std::map<std::string, Kept>> kept_of(std::span<const Held> records) {
    std::map<std::string, Kept> kept;
    std::vector<std::string> events, installations, times;
    std::set<std::string> days;
    for (const auto& held : records) {
      if (held.record.of == ReplayRecord::Of::kEvent) {
        events.push_back(fmt::format("unhex({})", sql_quote(held.record.id)));
        days.insert(sql_quote(format_day(day_of(held.record.at))));
        if (!held.rest.empty())
          kept[held.record.id] = Kept{held.rest, "", false, held.record.automation};
      } else {
        installations.push_back(held.record.installation);
        times.push_back(std::to_string(to_unix_millis(held.record.at)));
      }
    }
    if (!events.empty()) {
      CANDOR_ASSIGN(
          rows, engine_.query(fmt::format("SELECT lower(hex(id)), body, toString(automation) FROM "
                                          "candor.events WHERE product = {} AND day IN "
                                          "({}) AND id IN ({}) ORDER BY version DESC LIMIT 1 BY id",
                                          sql_quote(product_.name()), fmt::join(days, ", "),
                                          fmt::join(events, ", ")),
                              kUnlogged));
      for (std::size_t row = 0; row < rows.size(); ++row)
        kept[rows.text(row, 0)] = Kept{rows.text(row, 1), "", false, rows.text(row, 2) == "1"};
    }
    if (installations.empty()) return kept;
    CANDOR_ASSIGN(
        rows,
        engine_.query(
            fmt::format(
                "SELECT installation, toString(version), body, deletion, toString(simulated), "
                "toString(automation) FROM candor.reports FINAL WHERE product = {} AND "
                "installation IN ({}) AND version IN ({})",
                sql_quote(product_.name()), quoted(installations), fmt::join(times, ", ")),
            kUnlogged));
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

  Result<Admitted> admit_again(const Held& held, const std::string& whole,
                               const Contract& contract) const {
    // A field may have become one that is hashed.
    if (held.record.of == ReplayRecord::Of::kEvent)
      return admit_event(whole, contract, held.record.event, day_of(now_), hash_);
    return admit(whole, contract, {}, day_of(now_));
  }

  // What the record was counted as until now.
  Outcome outcome_before(const Held& held, const std::string& body) const {
    if (held.record.turn > 0) return Outcome::kPartlyQuarantined;
    if (!held.rest.empty()) return Outcome::kQuarantined;
    const auto before = catalogue_.contract(held.contract_before);
    const auto admitted = admit_again(held, body, before ? *before : *product_.current);
    const bool kept_any = !admitted.ok() || admitted->kept_values > 0;
    return kept_any ? Outcome::kPartlyQuarantined : Outcome::kQuarantined;
  }

  void hold(Held& held, const Kept* kept) {
    const auto count = held.values.size();
    if (kept == nullptr) return lose(count);
    if (!is_same_consent(held)) {
      result_.other_consent += count;
      return;
    }
    const bool undeclared = held.record.of == ReplayRecord::Of::kEvent &&
                            product_.current->event(held.record.event) == nullptr;
    if (undeclared || has_gap_in_list(held.values)) {
      result_.held += count;
      return;
    }
    std::erase_if(held.values, [](const Quarantined& row) { return row.value.empty(); });
    std::ranges::sort(held.values, comes_before, &Quarantined::place);
    const auto whole = put_back(kept->body, held.values);
    if (!whole.ok()) return lose(count);
    auto admitted = admit_again(held, *whole, *product_.current);
    if (!admitted.ok()) return lose(count);
    const bool drops = std::ranges::any_of(
        admitted->dropped, [](const Dropped& row) { return row.problem != Problem::kHashedHere; });
    if (!drops) take_fitting(held, *std::move(admitted));
    auto& record = held.record;
    result_.held += count - record.fitted.size();
    if (record.fitted.empty()) return;
    record.contract = product_.current->hash;
    record.before = outcome_before(held, kept->body);
    record.deletion = kept->deletion;
    record.simulated = kept->simulated;
    record.automation = record.automation || kept->automation;
    const std::string_view identity[] = {record.product, "replay", record.id, record.contract};
    record.key = make_record_key(identity);
    keep(std::move(record));
  }

  // What fits by now, and what does no longer.
  static void take_fitting(Held& held, Admitted admitted) {
    auto& record = held.record;
    std::set<std::string, std::less<>> still;
    for (const auto& row : admitted.quarantined) still.insert(row.place);
    for (const auto& value : held.values) {
      if (still.erase(value.place) == 0) record.fitted.push_back({value.path, value.place});
    }
    record.outcome = admitted.outcome();
    record.automation = record.automation || admitted.automation;
    // What is left in it fitted before: it goes into quarantine now.
    std::erase_if(admitted.quarantined,
                  [&](const Quarantined& row) { return !still.contains(row.place); });
    admitted.dropped.clear();
    record.admitted = std::move(admitted);
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
      // Forgotten meanwhile: there is nothing to replay.
      if (!outcome.ok() && outcome.error().kind == ErrorKind::kForbidden) {
        lose(values);
        continue;
      }
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
  const HashHere& hash_;
  const Product& product_;
  const Instant now_;
  std::vector<std::pair<std::future<Result<Outcome>>, std::size_t>> under_way_;
  Replayed result_;
};

}  // namespace

Result<Replayed> replay(EngineClient& engine, const Catalogue& catalogue, Intake& intake,
                        const HashHere& hash, const Product& product, std::uint64_t from,
                        Instant now) {
  return Replay(engine, catalogue, intake, hash, product, now).run(from);
}

}  // namespace candor
