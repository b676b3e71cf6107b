#include "visitor/page_address.h"

#include <algorithm>

#include "wire/url.h"

namespace candor {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

bool is_scheme(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  return !text.empty() && kLetters.find(text[0]) != std::string_view::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") ==
             std::string_view::npos;
}

// Takes the text behind the separator off the end, if there is one.
std::string split_off(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return {};
  std::string rest(text.substr(at + 1));
  text = text.substr(0, at);
  return rest;
}

std::string host_in(std::string_view authority) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  if (authority.starts_with('['))
    return lower(authority.substr(1, std::min(authority.find(']'), authority.size()) - 1));
  return lower(authority.substr(0, authority.find(':')));
}

}  // namespace

PageAddress read_page_address(std::string_view text) {
  PageAddress address;
  address.fragment = split_off(text, '#');
  address.query = split_off(text, '?');
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    if (auto scheme = lower(text.substr(0, colon)); is_scheme(scheme)) {
      address.scheme = std::move(scheme);
      text.remove_prefix(colon + 1);
    }
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto slash = std::min(text.find('/'), text.size());
    address.host = host_in(text.substr(0, slash));
    text.remove_prefix(slash);
  }
  address.path = std::string(text);
  return address;
}

std::string page_of(const PageAddress& address, HashMode mode) {
  auto page = url_decode(address.path, UrlPart::kPath);
  page.erase(page.find_last_not_of(" \t\r\n") + 1);
  if (page.empty()) page = "/";
  if (mode == HashMode::kOn && !address.fragment.empty())
    page += "#" + url_decode(address.fragment, UrlPart::kPath);
  return page;
}

std::string parameter_of(const PageAddress& address, std::string_view name) {
  std::string_view query = address.query;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (url_decode(pair.substr(0, equals), UrlPart::kQuery) == name)
      return url_decode(pair.substr(std::min(equals + 1, pair.size())), UrlPart::kQuery);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

}  // namespace candor
