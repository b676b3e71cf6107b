// The addresses of crashes and of single installations.
#include "server/limits.h"
#include "server/present/crash_documents.h"
#include "server/protocol/submission.h"
#include "server/site.h"
#include "server/site_answers.h"

namespace candor {

bool is_for_users(std::string_view what) {
  return what == "tail" || what == "crashes" || what == "installations" || what == "lookup" ||
         what.starts_with("quarantine");
}

HttpResponse Site::crashes(const HttpRequest& request, const Contract& contract,
                           Questions& questions) {
  const auto simulated = simulated_parameter(request);
  if (!simulated.ok()) return error_answer(400, "bad_parameter", simulated.error().message);
  return figures(questions.crashes(contract.product, *simulated), [&](const Crashes& crashes) {
    return crashes_document(contract, parts_.crash_details.add_to(crashes), *simulated);
  });
}

HttpResponse Site::installations(const HttpRequest& request, const Contract& contract,
                                 Questions& questions) {
  const auto key = request.parameter("customer_key").value_or("");
  const auto id = request.parameter("installation").value_or("");
  const auto& wanted = key.empty() ? id : key;
  if (key.empty() == id.empty() || wanted.size() > kMaxLookupBytes) {
    return error_answer(400, "bad_parameter",
                        "Name one thing to look for: customer_key or installation.");
  }
  const auto now = parts_.clock.now();
  return figures(key.empty() ? questions.find_installation(contract.product, id, now)
                             : questions.look_up(contract.product, key, now),
                 [&](const auto& found) { return installations_document(contract, found); });
}

}  // namespace candor
