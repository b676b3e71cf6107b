#include "visitor/bots.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(BotsTest, AreToldByTheirNames) {
  for (const auto* agent :
       {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "HeadlessChrome/124.0.0.0 Safari/537.36",
        "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "SomeBOT"})
    EXPECT_TRUE(is_bot(agent)) << agent;
}

TEST(BotsTest, BrowsersAndProgramsOfPeopleAreNone) {
  for (const auto* agent :
       {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (Linux; Android 10; CUBOT_X18) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/124.0.0.0 Mobile Safari/537.36",
        "node", "curl/7.88.1", ""})
    EXPECT_FALSE(is_bot(agent)) << agent;
}

}  // namespace
}  // namespace candor
