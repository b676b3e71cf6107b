// What site.cc, site_quarantine.cc and site_private.cc share.
#pragma once

#include <string_view>
#include <utility>

#include "base/result.h"
#include "server/present/api.h"
#include "wire/http_server.h"

namespace candor {

inline constexpr std::string_view kProducts = "/api/v1/products";
inline constexpr std::string_view kOperations = "/api/v1/operations";
// The page of all installations; below it, that of one. web/src/address.ts has it, too.
inline constexpr std::string_view kOperationsPage = "/operations";
inline constexpr std::string_view kIndexPage = "/index.html";
// Below a product's.
inline constexpr std::string_view kInsights = "insights.json";
inline constexpr std::string_view kPlugins = "plugins";
inline constexpr std::string_view kPluginAddress = "plugins/";

HttpResponse not_found();

// The store is away or says no: the reader can only come back. The error's own words name folders
// and hosts of the vendor; while the store is away, health and the loader's log say so.
HttpResponse no_figures(const Error& error);

template <typename T, typename Render>
HttpResponse figures(const Result<T>& answer, const Render& render) {
  return answer.ok() ? json_answer(render(*answer)) : no_figures(answer.error());
}

// Splits "stone/overview" into its first part and the rest.
std::pair<std::string_view, std::string_view> split(std::string_view path);

// Whether this page or document of a product is for users alone, whoever may see the others.
bool is_for_users(std::string_view what);

// Whether it is a page or document of operations.
bool is_of_operations(std::string_view path);

// Whether this address replays or drops what is in quarantine: ".../PRODUCT/quarantine/replay".
bool decides_quarantine(std::string_view path);

}  // namespace candor
