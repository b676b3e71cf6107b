// POST /v1/forget: looks up whether a secret covers anything, has its records deleted everywhere,
// and confirms it (docs/formats/deletion.md).
#pragma once

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/signature.h"
#include "contract/deletion.h"
#include "journal/journal.h"
#include "server/engine/client.h"
#include "server/load/erase.h"
#include "server/load/loader.h"
#include "server/record/intake.h"
#include "server/record/tombstones.h"
#include "wire/http_server.h"

namespace candor {

class Forgetting {
 public:
  struct Parts {
    Tombstones& tombstones;
    Intake& intake;
    Journal& journal;
    Loader& loader;
    const SigningKey& key;
    const Clock& clock;
    EngineAddress engine;
    HashedLabel hashed;
  };
  // Goes on with what an earlier process left half done. What it is made of outlives it.
  explicit Forgetting(Parts parts);
  ~Forgetting();  // requests that wait are answered 503; deletions go on at the next start
  Forgetting(const Forgetting&) = delete;
  Forgetting& operator=(const Forgetting&) = delete;

  // Whether this address, without the prefix /p/PRODUCT, asks to be forgotten.
  static bool takes(std::string_view path);
  // Any thread; does not wait. `prefix` is PRODUCT or empty.
  void answer(const HttpRequest& request, std::string_view prefix, const Respond& respond);

 private:
  struct Waiting {
    std::string subject;
    Respond respond;
  };
  struct Found {
    std::set<std::string> covered;
    bool all_loaded = false;  // what arrived before is in the store: what is not covered is nothing
  };

  // At once, when a tombstone says it all.
  std::optional<HttpResponse> known(const DeletionRequest& request,
                                    const std::string& subject) const;

  // On the thread that looks up.
  void look_up(const std::stop_token& stop);
  void answer_round(EngineClient& engine, std::deque<Waiting> round, const std::stop_token& stop);
  Result<Found> find(EngineClient& engine, const std::vector<std::string>& subjects,
                     const std::stop_token& stop);
  HttpResponse begin(const std::string& subject);

  // On the thread that deletes.
  void work(const std::stop_token& stop);
  Status erase(EngineClient& engine, const std::vector<std::string>& subjects,
               const std::stop_token& stop);
  Status erase_from_journal(const std::stop_token& stop);

  const Parts parts_;
  Mutex mutex_;
  Condition changed_;
  std::deque<Waiting> waiting_ CANDOR_GUARDED_BY(mutex_);
  bool stopping_ CANDOR_GUARDED_BY(mutex_) = false;
  std::jthread finder_;
  std::jthread worker_;
};

}  // namespace candor
