// Signing in by the form of a page, as a person does.
#pragma once

#include <string>

#include "sonar/plan.h"
#include "sonar/session.h"

namespace candor {

// Where a login may happen.
struct LoginPlaces {
  Url target;
  std::string issuer;  // an origin; empty: not configured
  std::string known;   // the origin of the last login that was taken; empty: none yet
};

// Fills the login form of `page` and posts it, then the pages behind it (a password of its own, a
// consent, a form that carries an answer back), until it is back at the target or at
// kMaxLoginPages. The form goes back to the origin that showed it, and that is the target's, the
// issuer's, or, where no issuer is configured, the one that the target led to before. `origin`
// becomes the form's. What stands in `visit` is the last page; its problem is kAuth when no login
// came of it.
ScanVisit log_in(ScanSession& session, const SonarPlan& plan, const LoginPlaces& places,
                 ScanVisit page, const Pace& pace, std::string& origin);

// Whether the page asks for a password.
bool asks_for_password(const ScanAnswer& answer);

}  // namespace candor
