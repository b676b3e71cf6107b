#include "visitor/bots.h"

#include <algorithm>
#include <string>

#include "visitor/limits.h"

namespace candor {
namespace {

// In lower case; each as a part of the User-Agent.
constexpr std::string_view kWords[] = {
    "bot/",
    "bot;",
    "bot ",
    "bot)",
    "-bot",
    "bot-",
    "crawler",
    "spider",
    "slurp",
    "headlesschrome",
    "phantomjs",
    "slimerjs",
    "lighthouse",
    "pagespeed",
    "facebookexternalhit",
    "mediapartners-google",
    "ia_archiver",
    "bingpreview",
    "pingdom",
    "uptimerobot",
    "statuscake",
    "siteimprove",
    "ahrefs",
    "semrush",
    "screaming frog",
    "feedfetcher",
    "feedly",
    "google-read-aloud",
    "gptbot",
    "chatgpt-user",
    "archive.org",
    "scrapy",
    "validator.nu",
    "w3c_validator",
    "nmap",
    "zgrab",
    "masscan",
    "petalbot",
    "qwantify",
    "embedly",
    "whatsapp/",
    "skypeuripreview",
    "newrelicpinger",
    "site24x7",
    "checkly",
    "gtmetrix",
};

}  // namespace

bool is_bot(std::string_view user_agent) {
  std::string lower(user_agent.substr(0, kMaxUserAgentLength));
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (lower.ends_with("bot")) return true;
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace candor
