// The smallest program with libcandor in C++: counts that it ran, and tells how it ended.
#include <candor/candor.hpp>

int main(int argc, char** argv) {
  const candor::Telemetry telemetry("acme");
  telemetry.counter("usage.starts").add();
  const auto command = telemetry.event("command");
  auto run = command.start(command.field("name") = argc > 1 ? argv[1] : "none");
  // … what the program is for …
  run.complete(candor::Outcome::completed);
}
