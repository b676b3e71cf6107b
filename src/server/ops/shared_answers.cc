#include "server/ops/shared_answers.h"

#include <utility>

#include "server/ops/limits.h"

namespace candor {

const HttpResponse* SharedAnswers::find(std::string_view key, Moment now) const {
  const auto found = kept_.find(key);
  const bool is_fresh = found != kept_.end() && now - found->second.at < kOpsKeptTime;
  return is_fresh ? &found->second.response : nullptr;
}

std::optional<HttpResponse> SharedAnswers::kept(std::string_view key, Moment now) const {
  const MutexLock lock(mutex_);
  const auto* response = find(key, now);
  return response == nullptr ? std::nullopt : std::optional(*response);
}

bool SharedAnswers::wants(const std::string& key, Respond respond, Moment now) {
  std::optional<HttpResponse> answer;
  {
    const MutexLock lock(mutex_);
    if (const auto* response = find(key, now)) {
      answer = *response;
    } else {
      const auto [made, is_first] = waiting_.try_emplace(key);
      made->second.push_back(std::move(respond));
      return is_first;
    }
  }
  respond(*std::move(answer));
  return false;
}

void SharedAnswers::made(const std::string& key, const HttpResponse& response, Moment now) {
  std::vector<Respond> waited;
  {
    const MutexLock lock(mutex_);
    std::erase_if(kept_, [now](const auto& one) { return now - one.second.at >= kOpsKeptTime; });
    if (response.status == 200 && kept_.size() < kMaxKeptDocuments)
      kept_.insert_or_assign(key, Kept{response, now});
    if (auto found = waiting_.extract(key)) waited = std::move(found.mapped());
  }
  for (auto& respond : waited) respond(response);
}

}  // namespace candor
