// The service's care for what programs with libcandor record: empties their rings, and sends what
// became of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/gathering.h"
#include "agent/send/sender.h"
#include "wire/http_client.h"

namespace candor {

class ProgramUpkeep {
 public:
  // Does what is due; when to look again. Nothing: when a ring is begun, or the decision changes.
  std::optional<Instant> work(const Agent& agent);
  // Whether that moment is also one of looking at rings: then a new one need not be told of.
  bool looks_at_rings() const { return look_again_.has_value(); }

 private:
  void follow_channels(const Agent& agent, Instant now);
  void forget_failures();
  bool is_due(const StateFolder& programs, Instant now);
  void gather(const Agent& agent, Instant now);
  void send(const Agent& agent, Instant now);
  void failed(const Agent& agent, const Error& error, std::optional<Millis> asked, Instant now);
  void tell(const Error& error);

  std::optional<ChannelSet> channels_;  // that could leave at the last look
  std::optional<Instant> look_again_;   // at the rings
  std::optional<Instant> emptied_;
  int failures_ = 0;
  std::optional<Instant> send_again_;
  std::unique_ptr<HttpClient> client_;  // kept: so is its connection
  std::string said_;                    // the last trouble that was logged
};

}  // namespace candor
