#include "wire/http_session.h"

#include <sys/epoll.h>

#include <algorithm>

#include "wire/limits.h"

namespace candor {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kTooSlow = "The request body did not arrive in time.";

}  // namespace

std::unique_ptr<HttpRequestReader> HttpDesk::lend_reader() {
  if (readers.empty()) return std::make_unique<HttpRequestReader>();
  auto reader = std::move(readers.back());
  readers.pop_back();
  return reader;
}

void HttpDesk::take_back(std::unique_ptr<HttpRequestReader> reader) {
  if (readers.size() >= kSpareReaders || !reader->is_small()) return;
  reader->forget();
  readers.push_back(std::move(reader));
}

HttpSession::HttpSession(NewConnection connection, SSL_CTX* tls, HttpDesk& desk)
    : desk_(desk),
      socket_(std::move(connection.fd), tls),
      peer_(std::move(connection.peer)),
      peer_is_loopback_(connection.peer_is_loopback),
      deadline_(desk.now + desk.options.header_timeout) {
  if (tls == nullptr) wait_idle();
}

HttpSession::~HttpSession() {
  if (ticket_ != nullptr) ticket_->leave();
}

HttpSession::After HttpSession::on_events(std::uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_ended_ = true;
  if ((events & EPOLLIN) != 0 || peer_ended_) readable_ = true;
  return go_on();
}

HttpSession::After HttpSession::go_on() {
  for (int step = 0; step < kTurnSteps; ++step) {
    bool moved = false;
    switch (state_) {
      case State::kHandshake:
        moved = shake_hands();
        break;
      case State::kIdle:
      case State::kHeader:
      case State::kBody:
        moved = read();
        break;
      case State::kAnswering:
        break;
      case State::kWriting:
        moved = flush();
        break;
      case State::kDraining:
        moved = drain();
        break;
      case State::kClosed:
        break;
    }
    if (state_ == State::kClosed) return After::kClosed;
    if (!moved) return After::kWait;
  }
  return After::kAgain;
}

bool HttpSession::shake_hands() {
  const auto progress = socket_.handshake();
  if (progress == HttpSocket::Progress::kEnded) close();
  if (progress != HttpSocket::Progress::kDone) return false;
  readable_ = true;
  wait_idle();
  return true;
}

void HttpSession::wait_idle() {
  state_ = State::kIdle;
  deadline_ =
      desk_.now + (desk_.stopping ? HttpTime(kLastRequestTime) : desk_.options.idle_timeout);
}

bool HttpSession::read() {
  std::string_view bytes;
  if (rest_.empty() || hungry_) {
    if (!readable_) return false;
    const auto got = socket_.read(desk_.read_buffer);
    if (got.progress == HttpSocket::Progress::kEnded) close();
    if (got.progress != HttpSocket::Progress::kDone) {
      readable_ = false;
      return false;
    }
    // Fewer than were asked for were all there were; what comes later is told. TLS may hold more
    // back than the socket shows, and an end has to be seen.
    if (got.bytes < desk_.read_buffer.size() && !socket_.is_tls() && !peer_ended_)
      readable_ = false;
    hungry_ = false;
    bytes = std::string_view(desk_.read_buffer).substr(0, got.bytes);
    if (rest_.empty()) {
      rest_.assign(take(bytes));
      return true;
    }
    rest_.append(bytes);
  }
  const auto left = take(rest_).size();
  rest_.erase(0, rest_.size() - left);
  if (rest_.empty()) std::string().swap(rest_);
  return true;
}

// Reads requests, and has them answered, until one takes its time or more bytes are needed. What is
// left of them.
std::string_view HttpSession::take(std::string_view bytes) {
  while (!bytes.empty() && reads()) {
    if (!reader_) {
      reader_ = desk_.lend_reader();
      reader_->begin();
      state_ = State::kHeader;
      deadline_ = desk_.now + desk_.options.header_timeout;
    }
    switch (reader_->put(bytes)) {
      case HttpRequestReader::Step::kNeedsMore:
        hungry_ = true;
        return bytes;
      case HttpRequestReader::Step::kHeader:
        on_header();
        break;
      case HttpRequestReader::Step::kDone:
        serve();
        break;
      case HttpRequestReader::Step::kRefused:
        refuse(reader_->refusal());
        break;
    }
  }
  return bytes;
}

void HttpSession::on_header() {
  const auto& request = reader_->request();
  const auto& limit_of = desk_.options.body_limit;
  const auto limit = limit_of ? limit_of(request.method, request.path) : kDefaultBodyLimit;
  switch (reader_->set_body_limit(limit)) {
    case HttpRequestReader::Step::kDone:
      return serve();
    case HttpRequestReader::Step::kRefused:
      return refuse(reader_->refusal());
    default:
      break;
  }
  state_ = State::kBody;
  deadline_ = desk_.now + desk_.options.body_timeout;
  // So short that it does not go in only when the other side reads nothing at all.
  if (reader_->expects_continue() && socket_.write(kContinue, {}).bytes != kContinue.size())
    close();
}

void HttpSession::serve() {
  auto& request = reader_->request();
  request.peer = peer_;
  request.peer_is_loopback = peer_is_loopback_;
  request.over_tls = socket_.is_tls();
  // By the rules of now: they may have changed since it connected.
  request.is_verified = desk_.options.tls && socket_.is_verified_by(desk_.options.tls);
  is_head_ = request.method == "HEAD";
  keep_alive_ = reader_->keep_alive();
  is_version_10_ = reader_->is_version_10();
  state_ = State::kAnswering;
  // The handler may take its time; its own limits end it, not the socket's.
  deadline_ = kNever;
  if (ticket_ == nullptr || !ticket_->use_again()) {
    if (ticket_ != nullptr) ticket_->leave();
    ticket_ = new HttpTicket(this, desk_.mailbox);
  }
  {
    const HttpTicket::Handling here(*ticket_);
    desk_.handler(std::move(request), Respond(*ticket_));
  }
  desk_.take_back(std::move(reader_));
  if (ticket_->is_settled()) settle();
}

HttpSession::After HttpSession::on_answer(HttpTicket& ticket) {
  if (&ticket != ticket_ || state_ != State::kAnswering) return After::kWait;
  settle();
  return go_on();
}

void HttpSession::settle() {
  if (ticket_->is_given_up()) return close();
  write(std::move(ticket_->response()), keep_alive_);
}

void HttpSession::refuse(const HttpRequestReader::Refusal& refusal) {
  refused_ = true;
  const auto& request = reader_->request();
  const auto& answer = desk_.options.on_bad_request;
  HttpResponse response;
  if (answer) {
    response = answer(refusal.status, request.path, refusal.why);
  } else {
    response.status = refusal.status;
    response.content_type = "text/plain";
    response.body = std::string(refusal.why) + "\n";
  }
  is_head_ = request.method == "HEAD";
  is_version_10_ = false;
  desk_.take_back(std::move(reader_));
  write(std::move(response), false);
}

void HttpSession::write(HttpResponse response, bool keep_alive) {
  keep_alive_ = keep_alive && !desk_.stopping;
  auto& head = desk_.head;
  head.clear();
  append_head(head, response, {keep_alive_, is_version_10_});
  if (is_head_) response.body.clear();
  if (response.body.size() <= kJoinedBodyBytes) {
    head.append(response.body);
    response.body.clear();
  }
  const auto sent = socket_.write(head, response.body);
  if (sent.progress == HttpSocket::Progress::kEnded) return close();
  if (sent.bytes == head.size() + response.body.size()) return wrote();
  state_ = State::kWriting;
  deadline_ = desk_.now + desk_.options.body_timeout;
  const auto of_head = std::min(sent.bytes, head.size());
  out_head_.assign(head, of_head);
  out_body_ = std::move(response.body);
  body_written_ = sent.bytes - of_head;
}

bool HttpSession::flush() {
  const auto body = std::string_view(out_body_).substr(body_written_);
  const auto sent = socket_.write(out_head_, body);
  if (sent.progress == HttpSocket::Progress::kEnded) close();
  if (sent.progress != HttpSocket::Progress::kDone) return false;
  const auto of_head = std::min(sent.bytes, out_head_.size());
  out_head_.erase(0, of_head);
  body_written_ += sent.bytes - of_head;
  if (out_head_.empty() && body_written_ == out_body_.size()) {
    std::string().swap(out_head_);
    std::string().swap(out_body_);
    wrote();
  }
  return true;
}

void HttpSession::wrote() {
  if (keep_alive_) return wait_idle();
  // A client that is still sending sees a reset instead of the answer unless its bytes are read.
  const bool may_send = readable_ && !socket_.is_tls();
  if (!refused_ && rest_.empty() && !may_send) return close();
  socket_.end_writing();
  state_ = State::kDraining;
  readable_ = true;
  deadline_ = desk_.now + kDrainTime;
}

bool HttpSession::drain() {
  if (!readable_) return false;
  const auto got = socket_.discard(desk_.read_buffer);
  drained_ += got.bytes;
  if (got.progress == HttpSocket::Progress::kEnded || drained_ > kMaxDrainBytes) close();
  if (got.progress == HttpSocket::Progress::kDone) return true;
  readable_ = false;
  return false;
}

HttpSession::After HttpSession::on_time(HttpTime now) {
  if (now < deadline_) return After::kWait;
  if (state_ == State::kBody) {
    refuse({408, kTooSlow});
    return go_on();
  }
  return After::kClosed;
}

// A request may be on its way on a connection that is idle here: its answer is the last.
void HttpSession::on_stop() {
  if (state_ == State::kIdle) wait_idle();
}

}  // namespace candor
