#pragma once

#include <span>
#include <string_view>

namespace candor {

/// One file of the web pages. All views last as long as the program.
struct Asset {
  /// As asked for: starts with a slash, "/index.html", "/assets/index-3f2a91c0.js".
  std::string_view path;
  std::string_view content_type;
  /// Weak and quoted, `W/"…"`, ready for the ETag field. It names the content, not its encoding, so
  /// it is right whether the gzip bytes are sent or their unpacked form.
  std::string_view etag;
  /// The content, gzip-compressed (RFC 1952).
  std::string_view gzip;
  /// The path changes with the content, so it may be cached for good. False for /index.html, which
  /// must be asked for again each time.
  bool immutable;
};

/// The files of the pages, ordered by path; "/index.html" is among them and is the page at `/` and
/// at `/p/PRODUCT`. Any thread.
std::span<const Asset> web_assets();

}  // namespace candor
