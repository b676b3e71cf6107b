#include "load/requests.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace candor::load {
namespace {

std::ifstream opened(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file + " cannot be read.");
  return in;
}

}  // namespace

Request make_request(const Head& head, std::string_view body, const Numbering& numbering,
                     std::uint32_t items) {
  Request request;
  request.items = items;
  auto& bytes = request.bytes;
  bytes = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", head.method, head.path, head.host);
  for (const auto& header : head.headers) bytes += header + "\r\n";
  bytes += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  auto from = bytes.size();
  bytes += body;
  if (numbering.marker.empty()) return request;
  while ((from = bytes.find(numbering.marker, from)) != std::string::npos) {
    from += numbering.marker.size();
    if (from + numbering.offset + numbering.width > bytes.size()) break;
    request.places.push_back(from + numbering.offset);
  }
  if (request.places.empty()) throw std::runtime_error("A body has nothing to number.");
  return request;
}

std::vector<Request> requests_of_lines(const std::string& file, const Grouping& grouping,
                                       const Head& head, const Numbering& numbering) {
  auto in = opened(file);
  std::vector<Request> requests;
  std::string line, body;
  std::uint32_t lines = 0;
  while (std::getline(in, line)) {
    body += lines == 0 ? grouping.before : grouping.between;
    body += line;
    if (++lines < grouping.group) continue;
    body += grouping.after;
    requests.push_back(make_request(head, body, numbering, lines));
    body.clear();
    lines = 0;
  }
  if (requests.empty()) throw std::runtime_error(file + " has too few lines for a request.");
  return requests;
}

std::vector<Request> requests_of_files(const std::vector<std::string>& files, const Head& head,
                                       const Numbering& numbering) {
  std::vector<Request> requests;
  for (const auto& file : files) {
    std::ostringstream body;
    body << opened(file).rdbuf();
    requests.push_back(make_request(head, body.str(), numbering, 1));
  }
  return requests;
}

}  // namespace candor::load
