// The C interface: nothing goes out of it but results, and nothing is believed of what comes in.
#include "candor/candor.h"

#include <cerrno>
#include <exception>
#include <span>

#include "advice.h"
#include "candor/survey.h"
#include "crashes.h"
#include "flush.h"
#include "process.h"
#include "telemetry.h"

namespace {

using candor::sdk::Telemetry;
using library_kind = candor::library::DeclaredKind;

candor_telemetry nothing;

Telemetry* product_of(candor_telemetry* telemetry) {
  return telemetry == nullptr || telemetry == &nothing ? nullptr
                                                       : static_cast<Telemetry*>(telemetry);
}
const Telemetry* product_of(const candor_telemetry* telemetry) {
  return product_of(const_cast<candor_telemetry*>(telemetry));
}

std::uint32_t find(const candor_telemetry* telemetry, library_kind kind, const char* name,
                   std::uint32_t event = 0) {
  const auto* const product = product_of(telemetry);
  return product == nullptr || name == nullptr ? 0 : product->find(kind, name, event);
}

// Also of a number that another product's telemetry gave.
bool may_record(candor_telemetry* telemetry, library_kind kind, std::uint32_t number) {
  const auto* const product = product_of(telemetry);
  return product != nullptr && product->may_record(kind, number);
}

}  // namespace

candor_telemetry* candor_start(const candor_options* options) {
  if (options == nullptr || options->size < sizeof(candor_options) || options->product == nullptr ||
      candor::sdk::is_off_by_environment())
    return &nothing;
  try {
    auto* const started = candor::sdk::start_product(options->product, options->folder);
    return started == nullptr ? &nothing : started;
  } catch (const std::exception&) {
    return &nothing;  // no memory
  }
}

void candor_stop(candor_telemetry* telemetry) {
  if (auto* const product = product_of(telemetry)) product->switch_off();
}

candor_counter candor_find_counter(const candor_telemetry* telemetry, const char* path) {
  const auto number = find(telemetry, library_kind::kCounter, path);
  if (number == 0) return {0, 0};
  return {number, product_of(telemetry)->declared(number)->slot};
}

candor_histogram candor_find_histogram(const candor_telemetry* telemetry, const char* path) {
  const auto number = find(telemetry, library_kind::kHistogram, path);
  if (number == 0) return {0, 0, 0, nullptr};
  const auto& declared = *product_of(telemetry)->declared(number);
  return {number, declared.slot, static_cast<std::uint32_t>(declared.bounds.size()),
          declared.bounds.data()};
}

uint32_t candor_find_event(const candor_telemetry* telemetry, const char* name) {
  const auto event = find(telemetry, library_kind::kEvent, name);
  return event != 0 ? event : find(telemetry, library_kind::kRun, name);
}

uint32_t candor_find_field(const candor_telemetry* telemetry, uint32_t event, const char* path) {
  return event == 0 ? 0 : find(telemetry, library_kind::kField, path, event);
}

void candor_add_slowly(candor_telemetry* telemetry, candor_counter counter, uint64_t count) {
  try {
    if (auto* const product = product_of(telemetry)) product->add(counter, count);
  } catch (const std::exception&) {
  }
}

void candor_observe_slowly(candor_telemetry* telemetry, const candor_histogram* histogram,
                           double value) {
  try {
    if (auto* const product = product_of(telemetry)) product->observe(*histogram, value);
  } catch (const std::exception&) {
  }
}

candor_result candor_record(candor_telemetry* telemetry, uint32_t event, const candor_value* values,
                            size_t count) {
  if (values == nullptr && count > 0) return CANDOR_MISUSED;
  if (!may_record(telemetry, library_kind::kEvent, event)) return CANDOR_OFF;
  try {
    return product_of(telemetry)->record(event, {values, count});
  } catch (const std::exception&) {
    return CANDOR_DROPPED;
  }
}

candor_survey candor_find_survey(const candor_telemetry* telemetry, const char* activity) {
  const auto number = find(telemetry, library_kind::kSurvey, activity);
  if (number == 0) return {0, 0, ""};
  const auto* const product = product_of(telemetry);
  return {number, product->declared(number)->scale, product->question(number)};
}

int candor_should_ask(candor_telemetry* telemetry, const candor_survey* survey,
                      const char* product_version) {
  if (survey == nullptr || product_version == nullptr ||
      !may_record(telemetry, library_kind::kSurvey, survey->declaration))
    return 0;
  const int before = errno;
  bool asked = false;
  try {
    asked = product_of(telemetry)->should_ask(survey->declaration, product_version);
  } catch (const std::exception&) {  // no memory
  }
  errno = before;
  return asked ? 1 : 0;
}

candor_result candor_digest_file(candor_telemetry* telemetry, const char* path,
                                 candor_file_digest* digest) {
  if (digest == nullptr) return CANDOR_MISUSED;
  *digest = {};
  if (path == nullptr) return CANDOR_MISUSED;
  const auto* const product = product_of(telemetry);
  return product == nullptr ? CANDOR_OFF : product->digest(path, *digest);
}

candor_result candor_begin(candor_telemetry* telemetry, uint32_t declaration,
                           const candor_value* values, size_t count, candor_run* run) {
  if (run == nullptr) return CANDOR_MISUSED;
  run->telemetry = nullptr;
  run->open = 0;
  if (values == nullptr && count > 0) return CANDOR_MISUSED;
  if (!may_record(telemetry, library_kind::kRun, declaration)) return CANDOR_OFF;
  try {
    return product_of(telemetry)->begin(declaration, {values, count}, *run);
  } catch (const std::exception&) {
    return CANDOR_DROPPED;
  }
}

candor_result candor_end(candor_run* run, candor_outcome outcome) {
  if (run == nullptr || outcome < CANDOR_COMPLETED || outcome > CANDOR_ABORTED)
    return CANDOR_MISUSED;
  if (run->telemetry == nullptr) return CANDOR_OFF;
  if (run->open == 0) return CANDOR_MISUSED;
  run->open = 0;
  try {
    return product_of(run->telemetry)->end(*run, outcome);
  } catch (const std::exception&) {
    return CANDOR_DROPPED;
  }
}

candor_verdict candor_advise(const candor_telemetry* telemetry, const char* event, const char* name,
                             const char* version, candor_advice* out) {
  candor_advice advice{};
  const auto* const product = product_of(telemetry);
  const bool asks = product != nullptr && event != nullptr && name != nullptr && version != nullptr;
  const int host_errno = errno;
  try {
    if (asks)
      candor::sdk::look_for_advice(product->folder(), product->product(), {event, name, version},
                                   advice);
  } catch (const std::exception&) {
  }
  errno = host_errno;
  if (out != nullptr) *out = advice;
  return advice.verdict;
}

candor_result candor_record_crashes(candor_telemetry* telemetry,
                                    const candor_crash_options* options) {
  if (telemetry == nullptr || options == nullptr || options->size < sizeof(candor_crash_options) ||
      options->program == nullptr || options->version == nullptr)
    return CANDOR_MISUSED;
  const auto* const product = product_of(telemetry);
  if (product == nullptr) return CANDOR_OFF;
  try {
    return candor::sdk::record_crashes(*product, *options);
  } catch (const std::exception&) {
    return CANDOR_OFF;  // no memory
  }
}

candor_result candor_flush(const candor_telemetry* telemetry, const candor_flush_options* options) {
  constexpr candor_flush_options kUsual{sizeof(candor_flush_options), nullptr, nullptr};
  if (options != nullptr && options->size < sizeof(candor_flush_options)) return CANDOR_MISUSED;
  const auto* const product = product_of(telemetry);
  if (product == nullptr) return CANDOR_OFF;
  const int host_errno = errno;
  auto result = CANDOR_DROPPED;
  try {
    result = candor::sdk::flush(*product, options != nullptr ? *options : kUsual);
  } catch (const std::exception&) {  // no memory
  }
  errno = host_errno;
  return result;
}
