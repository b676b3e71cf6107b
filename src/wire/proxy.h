// Which proxy a request goes through. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/url.h"

namespace candor {

// An environment variable's text; empty when unset.
using Variable = std::function<std::string(std::string_view name)>;

// `configured` ("http://user:pass@host:port", scheme and user may be absent), else what
// HTTPS_PROXY, http_proxy or ALL_PROXY say; nothing for hosts that NO_PROXY names, and for this
// machine unless `configured`. kConfiguration when it is no address of a proxy.
Result<std::optional<Url>> proxy_for(const Url& target, const std::string& configured,
                                     const Variable& variable);

// Whether a list such as "localhost, .example.com, 10.0.0.0/8, *" names the host.
bool is_excepted(std::string_view host, std::string_view no_proxy);

}  // namespace candor
