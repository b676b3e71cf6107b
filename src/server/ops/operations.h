// The operations center: configures Prometheus and Alertmanager, has the configuration checked, and
// keeps both running, where they are not somebody else's.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/mutex.h"
#include "base/process.h"
#include "base/result.h"
#include "base/supervisor.h"
#include "config/ops_config.h"
#include "metrics/families.h"
#include "server/ops/ops_folder.h"
#include "server/ops/ops_questions.h"
#include "server/ops/pass_on.h"
#include "server/ops/programs.h"

namespace candor {

// All functions are safe from any thread. What goes wrong is told in the log and in the metrics,
// and never stops the collector.
class Operations {
 public:
  // Makes the token; starts nothing. `root` is DATA/ops; `keyed` is how admission hashes labels.
  static Result<std::unique_ptr<Operations>> open(const Path& root, OpsConfig ops,
                                                  MonitorConfig monitor, ProcessRunner run,
                                                  InstallationNames::Keyed keyed);
  ~Operations();  // ends both programs
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  // Starts the thread that does the rest. `own_url` is where the collector is asked on this
  // machine.
  void begin(std::string own_url);

  // Takes another configuration: soon it is checked and used, or refused and the old one kept.
  // Programs, addresses, retention and external URL stay what they were at the start.
  void apply(OpsConfig ops, MonitorConfig monitor);

  // Whether the header's value allows to read the collector's metrics.
  bool allows(std::string_view authorization) const;

  // What installations push goes on from here.
  const std::shared_ptr<PassOn>& pass_on() const { return pass_on_; }

  void add_metrics(Families& metrics) const;

  // Whom to ask what is going on.
  OpsSources sources() const;

 private:
  Operations(OpsFolder folder, std::string token, OpsConfig ops, MonitorConfig monitor,
             InstallationNames::Keyed keyed, std::shared_ptr<std::atomic<bool>> ends);
  void run();
  bool find_addresses();
  // One try to use the configuration.
  void configure(const OpsConfig& ops, const MonitorConfig& monitor);
  bool start_programs();  // false: they are
  void stop_programs();
  void reload() const;

  const std::shared_ptr<std::atomic<bool>> ends_;  // read by what runs promtool and amtool
  const std::string token_;
  const OpsConfig start_;  // what the programs are started with
  // Of the thread:
  OpsFolder folder_;
  OpsSurroundings surroundings_;
  ProgramAddress prometheus_at_;
  ProgramAddress alertmanager_at_;
  mutable Mutex mutex_;
  Condition changed_;
  OpsConfig ops_ CANDOR_GUARDED_BY(mutex_);
  MonitorConfig monitor_ CANDOR_GUARDED_BY(mutex_);
  bool pending_ CANDOR_GUARDED_BY(mutex_) = true;
  bool stopping_ CANDOR_GUARDED_BY(mutex_) = false;
  bool config_ok_ CANDOR_GUARDED_BY(mutex_) = false;  // the newest try
  bool started_ CANDOR_GUARDED_BY(mutex_) = false;
  std::string asked_prometheus_ CANDOR_GUARDED_BY(mutex_);  // URLs; empty: not known yet
  std::string asked_alertmanager_ CANDOR_GUARDED_BY(mutex_);
  std::unique_ptr<Supervisor> prometheus_ CANDOR_GUARDED_BY(mutex_);  // nullptr: not ours
  std::unique_ptr<Supervisor> alertmanager_ CANDOR_GUARDED_BY(mutex_);
  std::string told_;  // the last complaint; of the thread
  const std::shared_ptr<PassOn> pass_on_;
  std::jthread thread_;
};

}  // namespace candor
