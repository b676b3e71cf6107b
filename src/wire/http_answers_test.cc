#include "wire/http_answers.h"

#include <gtest/gtest.h>

#include <thread>

namespace candor {
namespace {

// A ticket that no connection stands behind: only what reaches the mailbox is looked at.
class Tickets {
 public:
  ~Tickets() {
    for (auto* ticket : made_) ticket->leave();
  }
  Respond make() {
    made_.push_back(new HttpTicket(nullptr, mailbox_));
    return Respond(*made_.back());
  }
  HttpTicket& last() { return *made_.back(); }
  HttpMailbox& mailbox() { return *mailbox_; }

  // Takes the mail; the bodies of the answers, "-" for what was given up.
  std::vector<std::string> take() {
    HttpMailbox::Mail mail;
    mailbox_->take(mail);
    std::vector<std::string> bodies;
    for (auto* ticket : mail.answered) {
      bodies.push_back(ticket->is_given_up() ? "-" : ticket->response().body);
      ticket->release();
    }
    return bodies;
  }

 private:
  std::shared_ptr<HttpMailbox> mailbox_ = std::make_shared<HttpMailbox>();
  std::vector<HttpTicket*> made_;
};

HttpResponse with(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

TEST(HttpAnswers, ManyAnswersWakeASleepingReactorOnce) {
  Tickets tickets;
  std::vector<Respond> waiting(1000);
  for (auto& respond : waiting) respond = tickets.make();
  ASSERT_TRUE(tickets.mailbox().may_sleep());
  std::thread([&] {
    for (auto& respond : waiting) std::exchange(respond, {})(with("x"));
  }).join();
  EXPECT_EQ(tickets.mailbox().wakes(), 1u);
  EXPECT_FALSE(tickets.mailbox().may_sleep());
  EXPECT_EQ(tickets.take().size(), waiting.size());
}

TEST(HttpAnswers, AReactorThatIsAwakeIsNotWoken) {
  Tickets tickets;
  tickets.make()(with("1"));
  tickets.make()(with("2"));
  EXPECT_EQ(tickets.mailbox().wakes(), 0u);
  EXPECT_EQ(tickets.take(), (std::vector<std::string>{"1", "2"}));
}

TEST(HttpAnswers, TheFirstAnswerCounts) {
  Tickets tickets;
  const auto respond = tickets.make();
  const auto copy = respond;
  copy(with("1"));
  respond(with("2"));
  EXPECT_EQ(tickets.take(), std::vector<std::string>{"1"});
}

TEST(HttpAnswers, WhatNobodyHoldsAnyMoreIsGivenUp) {
  Tickets tickets;
  {
    const auto respond = tickets.make();
    const auto copy = respond;
  }
  EXPECT_EQ(tickets.take(), std::vector<std::string>{"-"});
}

TEST(HttpAnswers, AnAnswerOfTheHandlerItselfTakesNoDetour) {
  Tickets tickets;
  {
    auto respond = tickets.make();
    const HttpTicket::Handling here(tickets.last());
    std::exchange(respond, {})(with("at once"));
  }
  EXPECT_TRUE(tickets.last().is_settled());
  EXPECT_EQ(tickets.last().response().body, "at once");
  EXPECT_TRUE(tickets.take().empty());
  EXPECT_TRUE(tickets.last().use_again());
  EXPECT_FALSE(tickets.last().use_again());
  tickets.last().release();  // what use_again() keeps for the next Respond
}

TEST(HttpAnswers, AnAnswerAfterTheEndIsForgotten) {
  auto tickets = std::make_unique<Tickets>();
  const auto respond = tickets->make();
  const auto unanswered = tickets->make();
  tickets->mailbox().close();
  tickets.reset();
  respond(with("late"));
}

}  // namespace
}  // namespace candor
