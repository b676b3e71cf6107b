// Asking a person, and telling one what has to be told.
#pragma once

#include "cli/command.h"

namespace candor {

// Whether somebody sits there to answer: standard input, output and error are terminals, and no
// option or service says otherwise.
bool can_ask(const Context& context);

enum class Answer { kYes, kNo, kNone };

// yes, y, no or n in any case; anything else is kNone. Pure.
Answer answer_of(std::string_view line);

// Shows what the contract shares, or what it shares beyond what was agreed to, and asks. kNone when
// the input ends before an answer.
Answer ask_consent(Context& context, const Agent& agent);

// Gives a product's notice (Agent::give_notice) when somebody sits there to read it; not in a
// rehearsal.
void tell_notice(const Context& context, const Agent& agent);

// Whether today's contract was agreed to already, whole: then there is nothing to ask.
Result<bool> is_agreed(const Agent& agent);

}  // namespace candor
