#include "wire/http_request_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "wire/limits.h"
#include "wire/url.h"

namespace candor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::string_view kNoHttp = "This is not an HTTP/1.1 request.";
constexpr std::string_view kNoPath = "The request target is not a path.";
constexpr std::string_view kLargeHeader = "The header is too large.";
constexpr std::string_view kLargeBody = "The request body is larger than this address takes.";

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// Splits origin-form and absolute-form (what a client of a proxy sends) into path and query.
bool split_target(std::string_view target, HttpRequest& request) {
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const auto path = target.find('/', target.find("://") + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  if (!target.starts_with('/')) return false;
  const auto question = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, question);
  request.query.assign(target.substr(std::min(question + 1, target.size())));
  if (path.find('%') == std::string_view::npos) {
    request.path.assign(path);
    return true;
  }
  request.path = url_decode(path, UrlPart::kPath);
  return request.path.find('\0') == std::string::npos;
}

}  // namespace

class HttpRequestReader::Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(HttpRequest& request) : request_(&request) {
    header_limit(kMaxHeaderBytes);
    body_limit(boost::none);
  }

  bool has_path() const { return has_path_; }
  bool is_version_10() const { return version_ == 10; }
  bool expects_continue() const { return expects_continue_; }

 private:
  using error_code = beast::error_code;
  using string_view = beast::string_view;

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    request_->method.assign(view(method));
    has_path_ = split_target(view(target), *request_);
    version_ = version;
    header_bytes_ = method.size() + target.size();
  }

  void on_field_impl(http::field field, string_view name, string_view value,
                     error_code& error) override {
    if (header_done_) return;  // a trailer, which nobody asked for
    // The parser's own limit is for one call, and a header may come in many.
    header_bytes_ += name.size() + value.size();
    if (header_bytes_ > kMaxHeaderBytes) {
      error = http::error::header_limit;
      return;
    }
    if (field == http::field::expect) expects_continue_ = beast::iequals(value, "100-continue");
    if (headers_ == request_->headers.size()) request_->headers.emplace_back();
    auto& header = request_->headers[headers_++];
    header.name.assign(view(name));
    header.value.assign(view(value));
  }

  void on_header_impl(error_code&) override {
    header_done_ = true;
    request_->headers.resize(headers_);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) request_->body.reserve(std::min(*length, kMaxReservedBodyBytes));
  }

  std::size_t on_body_impl(string_view bytes, error_code&) override {
    request_->body.append(view(bytes));
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
    request_->body.append(view(bytes));
    return bytes.size();
  }

  void on_finish_impl(error_code&) override {}

  void on_response_impl(int, string_view, int, error_code&) override {}

  HttpRequest* request_;
  std::size_t headers_ = 0;
  std::size_t header_bytes_ = 0;
  int version_ = 11;
  bool has_path_ = false;
  bool header_done_ = false;
  bool expects_continue_ = false;
};

HttpRequestReader::HttpRequestReader() : parser_(std::make_unique<Parser>(request_)) {}

HttpRequestReader::~HttpRequestReader() = default;

void HttpRequestReader::begin() {
  *parser_ = Parser(request_);
  if (request_.headers.empty()) request_.headers.reserve(kExpectedHeaders);
  request_.method.clear();
  request_.path.clear();
  request_.query.clear();
  request_.body.clear();
}

void HttpRequestReader::forget() {
  // What the session says of the connection it says anew for each request.
  for (auto* text :
       {&request_.method, &request_.path, &request_.query, &request_.body, &request_.peer})
    text->clear();
  for (auto& header : request_.headers) {
    header.name.clear();
    header.value.clear();
  }
}

bool HttpRequestReader::is_small() const { return request_.body.capacity() <= kKeptBodyBytes; }

HttpRequestReader::Step HttpRequestReader::refuse(int status, std::string_view why) {
  refusal_ = {status, why};
  return Step::kRefused;
}

HttpRequestReader::Step HttpRequestReader::put(std::string_view& bytes) {
  const bool had_header = parser_->is_header_done();
  beast::error_code error;
  const auto used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  bytes.remove_prefix(used);
  if (error == http::error::need_more) {
    // Of a body only the line before a chunk can be left, and nobody needs a long one.
    if (bytes.size() <= kMaxHeaderBytes) return Step::kNeedsMore;
    return had_header ? refuse(400, kNoHttp) : refuse(431, kLargeHeader);
  }
  if (error == http::error::header_limit) return refuse(431, kLargeHeader);
  if (error == http::error::body_limit) return refuse(413, kLargeBody);
  if (error) return refuse(400, kNoHttp);
  if (!had_header && parser_->is_header_done()) {
    if (!parser_->has_path()) {
      request_.path.clear();
      return refuse(400, kNoPath);
    }
    return Step::kHeader;
  }
  return parser_->is_done() ? Step::kDone : Step::kNeedsMore;
}

// A length that is announced is refused before it is read.
HttpRequestReader::Step HttpRequestReader::set_body_limit(std::uint64_t bytes) {
  const auto length = parser_->content_length();
  if (length && *length > bytes) return refuse(413, kLargeBody);
  parser_->body_limit(bytes);
  parser_->eager(true);
  return parser_->is_done() ? Step::kDone : Step::kNeedsMore;
}

bool HttpRequestReader::keep_alive() const { return parser_->keep_alive(); }
bool HttpRequestReader::is_version_10() const { return parser_->is_version_10(); }
bool HttpRequestReader::expects_continue() const { return parser_->expects_continue(); }

}  // namespace candor
