#include "wire/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <mutex>

#include "wire/url.h"

namespace candor {
namespace {

// How often a transfer that nothing happens to is asked whether to go on.
constexpr std::chrono::milliseconds kAskInterval{100};

struct Transfer {
  const ClientRequest* request;
  ClientResponse response;
  std::size_t sent = 0;
  bool too_large = false;
  bool stopped = false;
};

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const auto n = size * count;
  if (transfer.response.body.size() + n > transfer.request->max_response_bytes) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(bytes, n);
  return n;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  std::string_view line(bytes, size * count);
  // A status line starts the headers anew: those of "100 Continue" or of a proxy's CONNECT go.
  if (line.starts_with("HTTP/")) transfer.response.headers.clear();
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    transfer.response.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  return size * count;
}

std::size_t give_body(char* into, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const auto n = std::min(size * count, transfer.request->body.size() - transfer.sent);
  transfer.request->body.copy(into, n, transfer.sent);
  transfer.sent += n;
  return n;
}

// libcurl sends the body again on a connection it kept too long.
int rewind_body(void* context, curl_off_t offset, int) {
  static_cast<Transfer*>(context)->sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (!transfer.request->keep_going || transfer.request->keep_going()) return 0;
  transfer.stopped = true;
  return 1;
}

class CurlClient final : public HttpClient {
 public:
  CurlClient() : curl_(curl_easy_init()), multi_(curl_multi_init()) {}
  ~CurlClient() override {
    curl_easy_cleanup(curl_);
    curl_multi_cleanup(multi_);
  }
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  Result<ClientResponse> send(const ClientRequest& request) override {
    const auto url = parse_url(request.url);
    if (!url.ok()) return url.error();
    Transfer transfer{&request, {}, 0, false, false};
    curl_easy_reset(curl_);
    set_target(request, *url);
    set_body(request, transfer);
    set_limits(request, transfer);
    curl_slist* headers = make_headers(request);
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
    const CURLcode code = perform();
    curl_slist_free_all(headers);
    if (transfer.stopped) return Error{ErrorKind::kTryAgain, "The transfer was stopped."};
    if (transfer.too_large) {
      return Error{ErrorKind::kBadData,
                   fmt::format("{} answered more than {} bytes.", url->without_credentials(),
                               request.max_response_bytes)};
    }
    if (code != CURLE_OK) {
      return Error{ErrorKind::kUnavailable,
                   fmt::format("{} cannot be reached: {}", url->without_credentials(),
                               curl_easy_strerror(code))};
    }
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
  }

 private:
  // As curl_easy_perform, but that asks a silent transfer only once a second whether to go on.
  CURLcode perform() {
    if (curl_multi_add_handle(multi_, curl_) != CURLM_OK) return CURLE_FAILED_INIT;
    int running = 1;
    while (curl_multi_perform(multi_, &running) == CURLM_OK && running > 0) {
      if (curl_multi_poll(multi_, nullptr, 0, kAskInterval.count(), nullptr) != CURLM_OK) break;
    }
    CURLcode code = CURLE_FAILED_INIT;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    }
    curl_multi_remove_handle(multi_, curl_);
    return code;
  }

  void set_target(const ClientRequest& request, const Url& url) {
    curl_easy_setopt(curl_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    if (!request.unix_socket.empty()) {
      curl_easy_setopt(curl_, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
      curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    }
    if (!request.proxy.empty()) {
      curl_easy_setopt(curl_, CURLOPT_PROXY, request.proxy.c_str());
    } else if (url.is_loopback()) {
      // HTTP_PROXY would take to another machine, in the open, what is meant for this one.
      curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    }
    curl_easy_setopt(curl_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!request.ca_file.empty()) curl_easy_setopt(curl_, CURLOPT_CAINFO, request.ca_file.c_str());
  }

  void set_body(const ClientRequest& request, Transfer& transfer) {
    if (request.body.empty()) {
      if (request.method != "GET" && request.method != "HEAD") {
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
      }
      return;
    }
    curl_easy_setopt(curl_, CURLOPT_POST, 1L);
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl_, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(curl_, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(curl_, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(curl_, CURLOPT_SEEKDATA, &transfer);
    // After CURLOPT_POST, which would make it a POST again.
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  void set_limits(const ClientRequest& request, Transfer& transfer) {
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(request.connect_timeout.count()));
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, &transfer);
    curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, request.keep_going ? 0L : 1L);
  }

  static curl_slist* make_headers(const ClientRequest& request) {
    // No "Expect: 100-continue": it costs a round trip, or a second with servers that ignore it.
    curl_slist* list = curl_slist_append(nullptr, "Expect:");
    if (!request.body.empty()) list = curl_slist_append(list, "Content-Type:");
    for (const auto& header : request.headers) {
      list = curl_slist_append(list, (header.name + ": " + header.value).c_str());
    }
    return list;
  }

  CURL* curl_;
  CURLM* multi_;  // keeps the connections
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<CurlClient>();
}

}  // namespace candor
