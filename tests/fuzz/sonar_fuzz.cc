// Arbitrary bytes as what a target of Sonar answers, and as what is kept of it: no more than the
// limits is taken, a password is filled into nothing but an input of passwords, and what is read of
// results is written and read as the same; of a list nothing is deleted but what it may be.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "require.h"
#include "sonar/cookies.h"
#include "sonar/html_forms.h"
#include "sonar/json_path.h"
#include "sonar/judging.h"
#include "sonar/limits.h"
#include "sonar/record.h"
#include "sonar/sweep.h"
#include "wire/url.h"

namespace {

using namespace candor;

void read_page(std::string_view text) {
  const auto forms = *read_forms(text);
  require(forms.forms.size() <= kMaxForms);
  for (const auto& form : forms.forms) {
    require(form.inputs.size() <= kMaxFormInputs);
    std::size_t bytes = 0;
    for (const auto& input : form.inputs) bytes += input.name.size() + input.value.size();
    require(bytes <= kMaxFormBytes);
    const auto fields = filled_form(form, "u", "\x01secret");
    require(fields.size() <= form.inputs.size());
    bool told = false;
    for (const auto& [name, value] : fields) told = told || value == "\x01secret";
    require(!told || form.has_password());
  }
  const auto* login = login_form(forms);
  require(login == nullptr || !login->inputs.empty());
}

void take_cookie(std::string_view text) {
  CookieJar jar;
  const auto url = *parse_url("https://a.test/x");
  jar.take(url, text, Instant());
  require(jar.header_for(url, Instant()).size() <= kMaxCookieBytes);
  require(jar.header_for(*parse_url("https://b.test/x"), Instant()).empty());
}

void resolve(std::string_view text) {
  const auto url = resolve_url(*parse_url("https://a.test/x/y?z"), text);
  if (!url.ok()) return;
  require(url->scheme == "http" || url->scheme == "https");
  const auto again = parse_url(url->without_credentials());
  require(again.ok() && origin_of(*again) == origin_of(*url));
}

void read_record(std::string_view text) {
  const auto json = parse_json(text);
  if (!json.ok()) return;
  const auto record = target_record_of(*json);
  if (!record.ok()) return;
  const auto written = json_of(*record);
  const auto again = target_record_of(written);
  require(again.ok() && json_of(*again) == written);
}

// What is deleted is below the address that the configuration names, and old.
void sweep(const ScanAnswer& answer) {
  SonarSweep sweep;
  sweep.items = "$";
  sweep.name = "$.n";
  sweep.prefix = "son";
  sweep.created = "$.c";
  const auto found = leftovers_in(sweep, answer, "run", from_unix_millis(1'790'000'000'000));
  if (!found.ok()) return;
  require(found->ids.size() <= kMaxSweptItems);
  for (const auto& id : found->ids) {
    const auto url = resolve_url(*parse_url("https://a.test/t/"), url_encode(id));
    require(url.ok() && origin_of(*url) == "https://a.test");
    require(url->path.starts_with("/t/") && url->path.size() > 3);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_page(text);
  take_cookie(text);
  resolve(text);
  read_record(text);
  [[maybe_unused]] const auto found = at_path(Json{{"a", {1, 2}}}, text);
  const ScanAnswer answer{200, {}, std::string(text), {}};
  [[maybe_unused]] const auto saved = saved_value("$.a[0]", answer, {});
  sweep(answer);
  return 0;
}
