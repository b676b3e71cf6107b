// The address of a page as browsers and trackers write it: anything is one. Pure.
#pragma once

#include <string>
#include <string_view>

namespace candor {

struct PageAddress {
  std::string scheme;  // lower case; empty when there is none
  std::string host;    // lower case, without user, port and brackets; empty when there is none
  std::string path;    // as written
  std::string query;   // without '?'
  std::string fragment;
};

enum class HashMode { kOff, kOn };

PageAddress read_page_address(std::string_view text);

// The path, decoded, without space at its end; "/" when empty. With kOn the fragment follows.
std::string page_of(const PageAddress& address, HashMode mode);

// The decoded value of a parameter of its query; empty when there is none.
std::string parameter_of(const PageAddress& address, std::string_view name);

}  // namespace candor
