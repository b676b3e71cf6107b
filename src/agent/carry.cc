#include "agent/carry.h"

#include <fmt/format.h>

#include "agent/outbox/outbox.h"
#include "agent/seal/report_id.h"
#include "agent/send/sender.h"
#include "agent/verify.h"
#include "base/digest.h"
#include "transfer/limits.h"

namespace candor {
namespace {

// What stands in the audit log instead of a URL.
constexpr std::string_view kByHand = "carried by hand";
constexpr std::string_view kExportedFile = "exported";

class Filing {
 public:
  Filing(StateFolder folder, std::string given_key, Instant now)
      : folder_(std::move(folder)), outbox_(folder_), given_key_(std::move(given_key)), now_(now) {}

  void take(std::uint64_t number, const Result<CarriedAnswer>& line) {
    const auto done = line.ok() ? file(*line) : Status(line.error());
    if (done.ok()) return;
    if (++filed_.wrong <= kMaxDamagedNamed)
      filed_.wrong_lines.push_back({number, done.error().message});
  }

  FiledReceipts take_result() { return std::move(filed_); }

 private:
  // The id comes from outside: it names a file only after it was found among those that are here.
  Status file(const CarriedAnswer& carried) {
    CANDOR_ASSIGN(kept, outbox_.kept());
    const auto where =
        std::ranges::find(kept, carried.id) == kept.end() ? std::nullopt : outbox_.find(carried.id);
    if (!where) ++filed_.unknown;
    if (where && *where != Whereabouts::kPending) ++filed_.before;
    if (!where || *where != Whereabouts::kPending) return Ok{};
    CANDOR_ASSIGN(bytes, outbox_.read(carried.id));
    LogEntry entry{carried.id,     sealed_at_of(carried.id), now_, bytes.size(), sha256_hex(bytes),
                   carried.status, std::string(kByHand)};
    if (entry.sha256 != carried.sha256) {
      return Error{ErrorKind::kBadData,
                   fmt::format("It is for other bytes than those of report {}.", carried.id)};
    }
    if (carried.answer.is_null()) {
      ++filed_.refused;
      return outbox_.mark_refused(entry);
    }
    CANDOR_TRY(believe(carried.answer, bytes, entry));
    ++filed_.filed;
    return outbox_.mark_sent(entry, carried.answer);
  }

  Status believe(const Json& answer, const std::string& bytes, LogEntry& entry) {
    CANDOR_ASSIGN(receipt, receipt_of(answer));
    CANDOR_ASSIGN(key, believed_key(folder_, given_key_));
    CANDOR_TRY(verify_receipt_of(receipt, bytes, key.value_or(receipt.key)));
    entry.sent_at = parse_rfc3339(receipt.received_at).value_or(now_);
    if (!key) filed_.pinned = receipt.key;
    return pin_proven_key(folder_, receipt.key);
  }

  StateFolder folder_;
  Outbox outbox_;
  std::string given_key_;
  Instant now_;
  FiledReceipts filed_;
};

}  // namespace

bool may_be_carried(const StateFolder& state) { return state.has(kExportedFile); }

Result<Export> export_pending(const StateFolder& state, ExportKind kind,
                              const std::string& product) {
  const Outbox outbox(state);
  CANDOR_ASSIGN(pending, outbox.pending());
  std::string lines;
  Export made;
  for (const auto& report : pending) {
    const auto bytes = outbox.read(report.id);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) continue;  // sent meanwhile
    if (!bytes.ok()) return bytes.error();
    lines += export_line({report.id, sha256_hex(*bytes), *bytes});
    ++made.reports;
  }
  if (made.reports == 0)
    return Error{ErrorKind::kNothing, "No report is pending, so none was exported."};
  const auto now = system_clock().now();
  CANDOR_TRY(note_posting(state, now));
  CANDOR_TRY(state.write(kExportedFile, format_rfc3339(now) + "\n"));
  made.text = export_header_line({kind, product, made.reports}) + lines;
  return made;
}

Result<FiledReceipts> file_receipts(const StateFolder& state, std::string given_key,
                                    std::istream& in, Instant now,
                                    const std::function<Result<bool>()>& one_collector) {
  LineReader reader(in);
  std::string line;
  if (!reader.next(line)) return Error{ErrorKind::kBadData, "The file is empty."};
  CANDOR_ASSIGN(header, parse_receipts_header(line));
  auto folder = state;
  if (header.kind == ExportKind::kDevice) {
    folder = devices_of(state);
    CANDOR_ASSIGN(own_key, pinned_key(folder));
    const bool is_asked = !own_key || !given_key.empty();
    CANDOR_ASSIGN(is_same, is_asked ? one_collector() : Result<bool>(false));
    if (is_same) CANDOR_TRY(share_pinned_key(state, folder));
    // Another collector, of device reports, signs with a key of its own.
    if (!is_same) given_key.clear();
  }
  Filing filing(std::move(folder), std::move(given_key), now);
  bool any = false;
  while (reader.next(line)) {
    any = true;
    filing.take(reader.number(), reader.too_long() ? Result<CarriedAnswer>(Error{
                                                         ErrorKind::kBadData, "It is too long."})
                                                   : parse_receipt_line(line));
  }
  if (!any) {
    return Error{ErrorKind::kBadData,
                 "It holds no receipt: the import was broken off before the collector answered. "
                 "Import the same export again."};
  }
  return filing.take_result();
}

}  // namespace candor
