// The loader and the real engine, with a crash at each step between the journal and the checkpoint.
#include "server/load/loader.h"

#include <fmt/format.h>

#include <future>

#include "engine_process.h"
#include "journal/memory_disk.h"
#include "server/load/block_fixture.h"
#include "server/load/limits.h"

namespace candor {
namespace {

// Where the loader's process ends: at which change of the store, and whether the store was told.
struct Crash {
  int at = 0;  // counted from 1; 0: nowhere
  bool was_told = false;
  int behind_pieces = 0;  // of rows that are sent while they are made; 0: nowhere
};

// A process that is gone asks for nothing any more.
class MortalHttp final : public HttpClient {
 public:
  struct Life {
    Crash crash;
    Path checkpoint_file;
    int changes = 0;
    std::string checkpoint;                   // as it was at the last change
    std::vector<std::string> event_blocks{};  // the tokens of those sent
    std::promise<void> ended;
    bool gone = false;
  };
  explicit MortalHttp(Life& life) : life_(life), http_(make_http_client()) {}

  Result<ClientResponse> send(const ClientRequest& request) override {
    if (life_.gone) return Error{ErrorKind::kUnavailable, "gone"};
    const bool inserts = request.url.find("INSERT") != std::string::npos;
    const bool deletes = request.body.starts_with("ALTER TABLE candor.daily ");
    if (!inserts && !deletes) return http_->send(request);
    ++life_.changes;
    constexpr std::string_view kToken = "insert_deduplication_token=";
    if (const auto token = request.url.find(kToken);
        token != std::string::npos && request.url.find("candor.events%20") != std::string::npos)
      life_.event_blocks.push_back(request.url.substr(token + kToken.size()));
    life_.checkpoint = read_file(life_.checkpoint_file).value_or("");
    if (request.next_piece && life_.crash.behind_pieces > 0) return cut_off(request);
    if (life_.changes != life_.crash.at) return http_->send(request);
    if (life_.crash.was_told) {
      EXPECT_EQ(http_->send(request)->status, 200);
    }
    life_.gone = true;
    life_.ended.set_value();
    return Error{ErrorKind::kUnavailable, "gone"};
  }

 private:
  Result<ClientResponse> cut_off(ClientRequest request) {
    request.next_piece = [this, next = request.next_piece,
                          sent = 0]() mutable -> Result<std::string_view> {
      if (++sent <= life_.crash.behind_pieces) return next();
      life_.gone = true;
      life_.ended.set_value();
      return Error{ErrorKind::kUnavailable, "gone"};
    };
    return http_->send(request);
  }

  Life& life_;
  std::unique_ptr<HttpClient> http_;
};

class LoaderSteps : public EngineTest {
 protected:
  // A product of its own for each run: what others left in the store is not asked for.
  void begin_run() {
    product_ = fmt::format("p{}", ++runs_);
    std::string text(kContractOfBlocks);
    text.replace(text.find("\"p\""), 3, "\"" + product_ + "\"");
    auto contract = parse_contract(text, "p.toml");
    ASSERT_TRUE(contract.ok()) << contract.error().message;
    hash_ = contract->hash;
    catalogue_ =
        *Catalogue::open({{std::make_shared<const Contract>(*std::move(contract)), {}, false}},
                         folder_.path() / "contracts" / product_);
  }

  AdmittedEvent signup(std::uint64_t id, std::string_view body, std::uint64_t kept) const {
    AdmittedEvent event;
    event.name = "signup";
    event.at = now_;
    event.source = fmt::format("team {}", id % 2);
    event.key = RecordKey{id, 0};
    event.admitted.body = body;
    event.admitted.kept_values = kept;
    return event;
  }

  EventsRecord events(std::uint64_t id) const {
    EventsRecord record;
    record.product = product_;
    record.protocol = "segment";
    record.contract = hash_;
    record.received = now_;
    record.dropped = {{"signup: context", "object", Problem::kUndeclared, 1}};
    record.events = {signup(id, R"({"plan":"free"})", 1), signup(id + 1, R"({"plan":"paid"})", 1),
                     signup(id + 2, "{}", 1), signup(id + 3, R"({"plan":"paid"})", 1)};
    record.events[3].automation = true;
    record.events[2].admitted.quarantined = {
        {"plan", "string", Problem::kWrongType, "\"gold\"", "/plan"}};
    return record;
  }

  // What was in quarantine of the third of those.
  ReplayRecord replay(std::uint64_t id) const {
    ReplayRecord record;
    record.of = ReplayRecord::Of::kEvent;
    record.product = product_;
    record.protocol = "segment";
    record.contract = hash_;
    record.id = to_hex(RecordKey{id + 2, 0});
    record.event = "signup";
    record.record = 1;
    record.at = record.received = now_;
    record.installation = fmt::format("team {}", id % 2);
    record.before = Outcome::kPartlyQuarantined;
    record.fitted = {{"signup: plan", "/plan"}};
    record.admitted.body = R"({"plan":"gold"})";
    record.admitted.kept_values = 1;
    return record;
  }

  DocumentRecord report() const {
    DocumentRecord record;
    record.product = product_;
    record.protocol = "native";
    record.contract = hash_;
    record.installation = "i1";
    record.deletion = "del";
    record.reported = record.received = now_;
    record.admitted.body = R"({"osd":{"count":3},"customer":"key"})";
    record.admitted.kept_values = 2;
    return record;
  }

  // Loads until `up_to` is in the store, or until the crash.
  void load(Journal& journal, const Path& folder, MortalHttp::Life& life, Position up_to) {
    LoaderOptions options;
    options.checkpoint_file = life.checkpoint_file = folder / "loaded.json";
    options.tables_file = folder / "tables.json";
    options.pause_file = folder / "pause";
    options.engine = *parse_engine_address("unix:" + socket().string());
    options.http = [&life] { return std::make_unique<MortalHttp>(life); };
    bool ended = false;
    const auto loaded = [&](Position position) -> Status {
      if (position >= up_to && !std::exchange(ended, true)) life.ended.set_value();
      return Ok{};
    };
    auto loader = Loader::start(std::move(options), journal, catalogue_, loaded);
    ASSERT_TRUE(loader.ok()) << loader.error().message;
    ASSERT_EQ(life.ended.get_future().wait_for(kStartLimit), std::future_status::ready)
        << (*loader)->state().trouble;
  }

  // With the checkpoint of a loader that never ran.
  static Result<std::unique_ptr<Journal>> empty_journal(const Path& folder) {
    EXPECT_TRUE(write_checkpoint(folder / "loaded.json", {random_uuid(), {}, {}}).ok());
    JournalOptions options;
    options.folder = folder / "journal";
    return Journal::open(std::move(options));
  }

  // Everything in the store that a record adds to, after a block during which the process ended,
  // and another that came meanwhile.
  std::string store_after(Crash crash, bool checkpoint_lost, int* changes = nullptr) {
    begin_run();
    TemporaryFolder folder;
    auto journal = empty_journal(folder.path());
    EXPECT_TRUE(journal.ok());
    Position last;
    const auto append = [&](const Record& record) {
      last = *(*journal)->append_and_wait(encode(record));
    };
    append(events(10));
    append(report());
    append(events(20));
    append(replay(10));
    MortalHttp::Life first{crash, {}, 0, {}, {}, {}, false};
    load(**journal, folder.path(), first, last);
    if (changes != nullptr) *changes = first.changes;
    if (checkpoint_lost) {
      EXPECT_TRUE(write_file(folder.path() / "loaded.json", first.checkpoint).ok());
    }
    // The engine at some of them besides; tests/fault kills it anywhere.
    if (crash.was_told && crash.at % 3 == 0) kill_engine();
    append(events(30));
    MortalHttp::Life second{};
    load(**journal, folder.path(), second, last);
    return told();
  }

  std::string told() {
    std::string text;
    for (const auto* sql :
         {"SELECT lower(hex(id)), source, again, body FROM candor.events {} ORDER BY id, version",
          "SELECT figure, value, bucket, sumMerge(count), sumMerge(total), uniqArrayMerge(sources) "
          "FROM candor.daily {} GROUP BY figure, day, value, bucket ORDER BY figure, value, bucket",
          "SELECT outcome, sum(count) FROM candor.accounting {} GROUP BY outcome ORDER BY outcome",
          "SELECT path, sum(count) FROM candor.drops {} GROUP BY path",
          "SELECT count(), sum(state) FROM candor.quarantine {}",
          "SELECT count(), sum(version) FROM candor.reports {}",
          "SELECT insight, count(), sum(number) FROM candor.report_values {} GROUP BY insight "
          "ORDER BY insight",
          "SELECT value, count() FROM candor.lookups {} GROUP BY value",
          "SELECT name, run, source, state, count() FROM candor.runs {} GROUP BY name, run, "
          "source, state ORDER BY name, run"}) {
      const auto of_product = "WHERE product = " + sql_quote(product_);
      const auto rows =
          client_now().select(fmt::format(fmt::runtime(sql), of_product), "TabSeparated");
      EXPECT_TRUE(rows.ok()) << rows.error().message;
      text += rows.ok() ? *rows + "--\n" : "";
    }
    return text;
  }

  // A record of one event with a text of so many bytes.
  Position append_event(Journal& journal, std::uint64_t id, std::string_view field,
                        std::size_t bytes) const {
    auto record = events(id);
    record.events.resize(1);
    record.events[0].admitted.body =
        fmt::format(R"({{"{}":"{}"}})", field, std::string(bytes, 'x'));
    return *journal.append_and_wait(encode(record));
  }

  // So many events of this run are in the store, and counted.
  void expect_each_once(std::uint64_t events) {
    const auto of_product = "WHERE product = " + sql_quote(product_);
    EXPECT_EQ(count("SELECT count() FROM candor.events " + of_product), events);
    EXPECT_EQ(count("SELECT uniqExact(id) FROM candor.events " + of_product), events);
    EXPECT_EQ(count("SELECT toUInt64(sum(count)) FROM candor.accounting " + of_product), events);
  }

  int runs_ = 0;
  std::string product_;
  Catalogue catalogue_;
  std::string hash_;
  const Instant now_ = system_clock().now();
};

TEST_F(LoaderSteps, ACrashAtAnyOfThemChangesNothing) {
  int changes = 0;
  const auto expected = store_after({}, false, &changes);
  EXPECT_NE(expected.find("\tsignup\t\t9\t9\t2\n"), std::string::npos) << expected;
  EXPECT_NE(expected.find("\tsignup\tautomation\t3\t3\t1\n"), std::string::npos) << expected;
  EXPECT_NE(expected.find("plans\tgold\t\t1\t0\t1\n"), std::string::npos) << expected;
  EXPECT_NE(expected.find("accepted\t11\n"), std::string::npos) << expected;
  EXPECT_GE(changes, 9) << "each table of the block, and the day that is made anew";
  for (int at = 1; at <= changes; ++at) {
    EXPECT_EQ(store_after({at, false}, false), expected) << "before change " << at;
    EXPECT_EQ(store_after({at, true}, false), expected) << "after change " << at;
  }
  EXPECT_EQ(store_after({}, true), expected) << "before the checkpoint";
}

// Records are read a piece at a time; a block of several pieces is one, and the same one when it is
// repeated while more waits behind it.
TEST_F(LoaderSteps, ABlockOfManyPiecesIsRepeatedAsItWas) {
  begin_run();
  TemporaryFolder folder;
  auto journal = empty_journal(folder.path());
  ASSERT_TRUE(journal.ok());
  Position last;
  std::uint64_t id = 0;
  const auto append = [&](std::size_t bytes) {
    last = append_event(**journal, ++id, "plan", bytes);
  };
  constexpr std::size_t kPart = kLoadPieceBytes * 2 / 5;  // two, and a half of the next, in a piece
  constexpr std::size_t kParts = kLoadBytes / kPart;      // in a block
  for (std::size_t i = 0; i < kParts + 3; ++i) append(kPart);
  append(kLoadBytes + 1);
  append(kPart);
  MortalHttp::Life first{{1, true}, {}, 0, {}, {}, {}, false};
  load(**journal, folder.path(), first, last);
  ASSERT_EQ(first.event_blocks.size(), 1u);
  const auto pending = read_checkpoint(folder.path() / "loaded.json")->pending;
  EXPECT_GT(pending, Position()) << "the block has an end that is known before it is sent";
  for (int i = 0; i < 3; ++i) append(kPart);
  MortalHttp::Life second{};
  load(**journal, folder.path(), second, last);
  EXPECT_EQ(second.event_blocks.front(), first.event_blocks.front());
  // What filled the first; what is behind it, up to the large one, whose text fills the figures;
  // what came after.
  EXPECT_EQ(second.event_blocks.size(), 3u);
  expect_each_once(id);
}

// The disk fails in the middle of a block: what was read before is one, and the rest comes later.
TEST_F(LoaderSteps, WhatCannotBeReadEndsTheBlockBeforeIt) {
  begin_run();
  TemporaryFolder folder;
  ASSERT_TRUE(write_checkpoint(folder.path() / "loaded.json", {random_uuid(), {}, {}, {}}).ok());
  MemoryDisk disk;
  JournalOptions options;
  options.folder = "/journal";
  options.segment_bytes = kLoadPieceBytes / 4;
  options.disk = &disk;
  auto journal = Journal::open(std::move(options));
  ASSERT_TRUE(journal.ok());
  Position last;
  std::uint64_t id = 0;
  while (id < 20) last = append_event(**journal, ++id, "x", kLoadPieceBytes / 5);
  int opened = 0;
  disk.set_fault([&](MemoryDisk::Call call, std::uint64_t) -> Status {
    if (call != MemoryDisk::Call::kOpen || ++opened < 10 || opened > 12) return Ok{};
    return Error{ErrorKind::kUnavailable, "the disk is away"};
  });
  MortalHttp::Life life{};
  load(**journal, folder.path(), life, last);
  EXPECT_GT(opened, 12);
  EXPECT_EQ(life.event_blocks.size(), 2u);
  expect_each_once(id);
}

// The store has a part of its rows, and no end of them.
TEST_F(LoaderSteps, ABlockThatIsCutOffWhileItIsSentIsNotThere) {
  begin_run();
  TemporaryFolder folder;
  auto journal = empty_journal(folder.path());
  ASSERT_TRUE(journal.ok());
  Position last;
  std::uint64_t id = 0;
  while (id < 10) last = append_event(**journal, ++id, "x", kLoadPieceBytes);
  MortalHttp::Life first{};
  first.crash.behind_pieces = 3;
  load(**journal, folder.path(), first, last);
  ASSERT_EQ(first.event_blocks.size(), 1u);
  const auto checkpoint = read_checkpoint(folder.path() / "loaded.json");
  EXPECT_EQ(checkpoint->pending, checkpoint->loaded) << "its end was not known";
  MortalHttp::Life second{};
  load(**journal, folder.path(), second, last);
  EXPECT_EQ(second.event_blocks.size(), 1u);
  EXPECT_NE(second.event_blocks, first.event_blocks);
  expect_each_once(id);
}

}  // namespace
}  // namespace candor
