// A mail of its own to one inbox, by the way that mails of alerts go.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "wire/http_client.h"

namespace candor {

// The name of the alert of a test, which no installation can give to one of its own, and the label
// whose value is the inbox of a test (alertmanager_file.cc has a route for each).
inline constexpr const char* kTestAlert = "CandorTest";
inline constexpr const char* kTestLabel = "candor_test";

// Hands Alertmanager an alert for that inbox and waits until the mail server took a mail, or
// refused one; mails of other alerts at the same moment count, too. kUnavailable with what to do
// when Alertmanager does not answer, or the mail was not taken within kTestMailTime.
Status send_test_mail(HttpClient& client, const std::string& alertmanager_url,
                      const std::string& inbox);

}  // namespace candor
