// The loader: moves the journal into the store, in order, exactly once, on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/result.h"
#include "contract/catalogue.h"
#include "journal/journal.h"
#include "server/engine/client.h"
#include "server/load/block.h"
#include "server/load/checkpoint.h"
#include "server/load/merge_pause.h"
#include "server/record/tombstones.h"

namespace candor {

struct LoaderOptions {
  Path checkpoint_file;
  Path tables_file;  // which tables were made (keep_tables)
  Path pause_file;   // while another process holds its lock, nothing is loaded (`candor backup`)
  EngineAddress engine;
  const Tombstones* forgotten = nullptr;  // whose records are not loaded; nullptr: nobody's
  // As EngineClientOptions has it: a block that is cut off is loaded again at the next start.
  std::function<bool()> keep_going{};
  std::function<std::unique_ptr<HttpClient>()> http = make_http_client;  // a seam
};

// A moment's figures, for health and metrics.
struct LoaderState {
  bool ready = false;  // the tables are there
  Position loaded;
  std::uint64_t records = 0;  // loaded since the start
  std::uint64_t blocks = 0;
  std::uint64_t failures = 0;  // attempts that the engine refused or did not answer
  // When the oldest record that is not in the store was committed. Before it was looked at: when
  // the last one that is there was; nothing before any is.
  std::optional<Instant> oldest;
  std::string trouble;  // why the last attempt failed; empty when it did not
};

class Loader {
 public:
  // Called on the loader's thread after a block is in the store: the journal may let go up to
  // there.
  using Loaded = std::function<Status(Position)>;

  // Starts the thread. Everything named here outlives the loader.
  static Result<std::unique_ptr<Loader>> start(LoaderOptions options, Journal& journal,
                                               const Catalogue& catalogue, Loaded loaded);
  ~Loader();  // after the block under way; the rest is loaded at the next start
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  LoaderState state() const;  // any thread
  // Series are gone from the store: the next block names its own anew. Any thread.
  void name_series_anew() { name_series_anew_ = true; }

 private:
  Loader(LoaderOptions options, Checkpoint checkpoint, Journal& journal, const Catalogue& catalogue,
         Loaded loaded);

  void run(const std::stop_token& stop);
  struct Step {
    std::size_t records = 0;
    bool full = false;  // more may wait already
  };
  // Loads the next block.
  Result<Step> step(const std::stop_token& stop);
  // The records of a block, while it is made.
  struct Stretch {
    Position first, last;
    Instant newest{};  // when the last was committed
    std::size_t records = 0;
    std::uint64_t bytes = 0;
    bool ended = false;
    bool full = false;  // ended by a limit, or by where it ended when it was begun
  };
  Result<Step> load_block(const std::stop_token& stop);
  // Reads the next records, and makes their rows; ends the block where there are none.
  Status read_on(Stretch& stretch);
  struct Most {
    std::uint64_t bytes;
    std::size_t records;
  };
  Most most() const;  // of the next block
  bool ends_before(const Stretch& stretch, const JournalRecord& record) const;
  Status add(Stretch& stretch, const JournalRecord& record);
  // The block's end is known: believed only once it is on disk.
  Status begin(Position last);
  Status send_events(Stretch& stretch);
  Status insert(std::vector<BlockBuilder::Part> parts, const Stretch& stretch);
  std::string token_of(const BlockTable& table, const Stretch& stretch) const;

  const LoaderOptions options_;
  Journal& journal_;
  const Catalogue& catalogue_;
  const Loaded loaded_;
  EngineClient engine_;
  const bool is_embedded_;  // the engine
  MergePause merges_;
  BlockBuilder builder_;
  Checkpoint checkpoint_;
  bool tables_made_ = false;
  std::int64_t cleaned_on_ = 0;  // the day
  std::atomic<bool> name_series_anew_ = false;

  mutable Mutex mutex_;
  LoaderState state_ CANDOR_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace candor
