#include "load/sender.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <stdexcept>

namespace candor::load {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::int64_t kNanos = 1'000'000'000;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Connection {
  int fd = -1;
  std::int64_t due = 0;     // of the request under way
  std::uint32_t items = 0;  // in it
  bool busy = false;
  std::string unsent;  // of the request under way: what the socket did not take
  std::size_t unsent_from = 0;
  std::string answer;    // what has arrived of it
  std::size_t next = 0;  // with lanes: the request it sends next
};

// Whether the answer is whole. Bodies by length or in chunks; 204 has none.
bool is_whole(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  if (answer.compare(9, 3, "204") == 0) return true;
  const auto value_of = [&](std::string_view name) -> std::optional<std::string_view> {
    for (auto at = answer.find("\r\n"); at < end; at = answer.find("\r\n", at + 2)) {
      const auto line = std::string_view(answer).substr(at + 2, end - at);
      if (line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0)
        return line.substr(name.size(), line.find("\r\n") - name.size());
    }
    return std::nullopt;
  };
  if (auto length = value_of("content-length:")) {
    length->remove_prefix(std::min(length->find_first_not_of(' '), length->size()));
    std::size_t size = 0;
    std::from_chars(length->data(), length->data() + length->size(), size);
    return answer.size() >= end + 4 + size;
  }
  return answer.ends_with("\r\n0\r\n\r\n");
}

class Sender {
 public:
  Sender(const Plan& plan, const Numbering& numbering, std::vector<Request>& requests)
      : plan_(plan),
        numbering_(numbering),
        requests_(requests),
        connections_(static_cast<std::size_t>(plan.connections)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    tally_.next_number = plan.number;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      open(connections_[i]);
      if (has_lane(i)) idle_.push_back(i);
      connections_[i].next = i;
    }
  }
  ~Sender() {
    for (auto& connection : connections_) ::close(connection.fd);
    ::close(epoll_);
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  Tally run() {
    begin_ = last_answer_ = now_ns();
    next_due_ = begin_;
    epoll_event events[256];
    while (true) {
      give_out();
      if (under_way_ == 0 && is_over()) break;
      const auto wait = wait_time();
      const int ready = ::epoll_pwait2(epoll_, events, 256, &wait, nullptr);
      for (int i = 0; i < ready; ++i) serve(connections_[events[i].data.u64], events[i].events);
      if (now_ns() - last_answer_ > static_cast<std::int64_t>(plan_.patience * double(kNanos)))
        throw std::runtime_error("The server has not answered for a long time.");
    }
    tally_.seconds = double(last_answer_ - begin_) / double(kNanos);
    return std::move(tally_);
  }

 private:
  bool has_lane(std::size_t connection) const {
    return plan_.lanes == 0 || connection < plan_.lanes;
  }

  bool is_over() const {
    if (plan_.most > 0 && tally_.sent >= plan_.most) return true;
    if (plan_.lanes > 0 && idle_.empty() && under_way_ == 0) return true;
    return plan_.seconds > 0 &&
           now_ns() - begin_ > static_cast<std::int64_t>(plan_.seconds * kNanos);
  }

  timespec wait_time() const {
    std::int64_t nanos = kNanos;
    if (plan_.rate > 0 && !idle_.empty()) nanos = std::max<std::int64_t>(0, next_due_ - now_ns());
    nanos = std::min<std::int64_t>(nanos, kNanos);
    return {nanos / kNanos, nanos % kNanos};
  }

  // Starts what is due on connections that are free.
  void give_out() {
    while (!idle_.empty() && !is_over()) {
      auto due = now_ns();
      if (plan_.rate > 0) {
        if (next_due_ > due) return;
        due = next_due_;
        next_due_ += static_cast<std::int64_t>(double(kNanos) / plan_.rate);
      }
      const auto i = idle_.front();
      idle_.pop_front();
      auto& connection = connections_[i];
      auto& request = requests_[index_for(connection, i)];
      connection.due = due;
      start(connection, request);
    }
  }

  std::size_t index_for(Connection& connection, std::size_t i) {
    if (plan_.lanes == 0) return next_++ % requests_.size();
    const auto index = connection.next;
    // Its lanes of this scrape, then those of the next one.
    const auto step = connections_.size();
    connection.next += step;
    if (connection.next / plan_.lanes != index / plan_.lanes)
      connection.next = (index / plan_.lanes + 1) * plan_.lanes + i;
    return index;
  }

  void number(Request& request) {
    static constexpr char kDigits[] = "0123456789abcdef";
    const std::uint64_t base = numbering_.hex ? 16 : 10;
    for (const auto place : request.places) {
      auto value = tally_.next_number++;
      for (auto i = numbering_.width; i-- > 0; value /= base)
        request.bytes[place + i] = kDigits[value % base];
    }
  }

  void start(Connection& connection, Request& request) {
    number(request);
    connection.items = request.items;
    connection.busy = true;
    connection.answer.clear();
    ++under_way_;
    ++tally_.sent;
    tally_.bytes += request.bytes.size();
    const auto sent =
        ::send(connection.fd, request.bytes.data(), request.bytes.size(), MSG_NOSIGNAL);
    const auto taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    if (taken == request.bytes.size()) return;
    // A copy: the request's digits change with its next sending. The rest goes when there is room.
    connection.unsent.assign(request.bytes, taken);
    connection.unsent_from = 0;
    watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }

  void serve(Connection& connection, std::uint32_t what) {
    if ((what & EPOLLOUT) != 0 && !connection.unsent.empty()) send_rest(connection);
    if ((what & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
    char buffer[kReadSize];
    const auto size = ::recv(connection.fd, buffer, sizeof buffer, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return lost(connection);
    connection.answer.append(buffer, static_cast<std::size_t>(size));
    if (connection.busy && is_whole(connection.answer)) finish(connection);
  }

  void send_rest(Connection& connection) {
    const auto* data = connection.unsent.data() + connection.unsent_from;
    const auto size = connection.unsent.size() - connection.unsent_from;
    const auto sent = ::send(connection.fd, data, size, MSG_NOSIGNAL);
    if (sent < 0) return;  // an error shows when it is read from
    connection.unsent_from += static_cast<std::size_t>(sent);
    if (connection.unsent_from < connection.unsent.size()) return;
    connection.unsent.clear();
    watch(connection, EPOLL_CTL_MOD, EPOLLIN);
  }

  void finish(Connection& connection) {
    last_answer_ = now_ns();
    tally_.latency.add(last_answer_ - connection.due);
    int status = 0;
    std::from_chars(connection.answer.data() + 9, connection.answer.data() + 12, status);
    ++tally_.statuses[status];
    if (status >= 200 && status < 300) {
      tally_.items += connection.items;
    } else if (tally_.first_failure.empty()) {
      tally_.first_failure = connection.answer;
    }
    release(connection);
    if (connection.answer.find("\r\nConnection: close\r\n") != std::string::npos)
      reopen(connection);
  }

  void lost(Connection& connection) {
    if (connection.busy) {
      last_answer_ = now_ns();
      ++tally_.statuses[0];
      release(connection);
    }
    reopen(connection);
  }

  void release(Connection& connection) {
    connection.busy = false;
    connection.unsent.clear();
    --under_way_;
    const auto i = static_cast<std::size_t>(&connection - connections_.data());
    if (plan_.lanes == 0 || connection.next < requests_.size()) idle_.push_back(i);
  }

  void reopen(Connection& connection) {
    ::close(connection.fd);
    open(connection);
  }

  void open(Connection& connection) {
    connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(plan_.port);
    if (::inet_pton(AF_INET, plan_.host.c_str(), &address.sin_addr) != 1 ||
        ::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error(fmt::format("{}:{} cannot be reached: {}.", plan_.host, plan_.port,
                                           std::strerror(errno)));
    }
    const int on = 1;
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Blocking until here, so that an error is known.
    if (const int flags = ::fcntl(connection.fd, F_GETFL); flags >= 0)
      ::fcntl(connection.fd, F_SETFL, flags | O_NONBLOCK);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
  }

  void watch(const Connection& connection, int how, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.u64 = static_cast<std::uint64_t>(&connection - connections_.data());
    ::epoll_ctl(epoll_, how, connection.fd, &event);
  }

  const Plan& plan_;
  const Numbering& numbering_;
  std::vector<Request>& requests_;
  std::vector<Connection> connections_;
  std::deque<std::size_t> idle_;
  int epoll_;
  Tally tally_;
  std::size_t next_ = 0;
  std::uint64_t under_way_ = 0;
  std::int64_t begin_ = 0, next_due_ = 0, last_answer_ = 0;
};

}  // namespace

Tally send_all(const Plan& plan, const Numbering& numbering, std::vector<Request>& requests) {
  return Sender(plan, numbering, requests).run();
}

}  // namespace candor::load
