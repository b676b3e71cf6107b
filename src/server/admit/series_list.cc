#include "server/admit/series_list.h"

#include <algorithm>
#include <cstring>

namespace candor {
namespace {

// Little-endian machines only, like the rest of the collector.
template <typename T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
T at(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void put_number(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

bool take_number(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 9; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte >= 0x80) continue;
    bytes.remove_prefix(i + 1);
    return true;
  }
  return false;
}

constexpr std::size_t kPlain = sizeof(std::int64_t) + sizeof(double);
constexpr std::size_t kTagged = kPlain + sizeof(std::uint64_t);

}  // namespace

void SeriesList::add_text(std::string& before, std::string_view text) {
  const auto most = std::min(before.size(), text.size());
  std::size_t shared = 0;
  while (shared + 8 <= most && at<std::uint64_t>(text, shared) == at<std::uint64_t>(before, shared))
    shared += 8;
  while (shared < most && text[shared] == before[shared]) ++shared;
  put_number(bytes_, shared);
  put_number(bytes_, text.size() - shared);
  bytes_ += text.substr(shared);
  before.resize(shared);
  before += text.substr(shared);
}

void SeriesList::add(const SeriesName& name, std::span<const AdmittedSample> samples) {
  const bool tagged =
      std::ranges::any_of(samples, [](const AdmittedSample& sample) { return sample.tag != 0; });
  put(bytes_, name.id);
  add_text(before_.metric, name.metric);
  add_text(before_.labels, name.labels);
  add_text(before_.installation, name.installation);
  put_number(bytes_, samples.size() << 1 | (tagged ? 1 : 0));
  for (const auto& sample : samples) {
    put(bytes_, sample.at);
    put(bytes_, sample.value);
    if (tagged) put(bytes_, sample.tag);
  }
  samples_ += samples.size();
}

std::optional<SeriesList> SeriesList::from(std::string bytes) {
  SeriesList list;
  SeriesReader reader(bytes);
  while (reader.next()) list.samples_ += reader.size();
  if (!reader.ok()) return std::nullopt;
  const auto last = reader.name();
  list.before_ = {std::string(last.metric), std::string(last.labels),
                  std::string(last.installation)};
  list.bytes_ = std::move(bytes);
  return list;
}

bool SeriesReader::take_text(std::string& text) {
  std::uint64_t shared = 0, more = 0;
  if (!take_number(rest_, shared) || shared > text.size()) return false;
  if (!take_number(rest_, more) || more > rest_.size()) return false;
  text.resize(shared);
  text += rest_.substr(0, more);
  rest_.remove_prefix(more);
  return true;
}

bool SeriesReader::next() {
  if (!ok_ || rest_.empty()) return false;
  if (rest_.size() < sizeof id_) return fail();
  id_ = at<std::uint64_t>(rest_, 0);
  rest_.remove_prefix(sizeof id_);
  std::uint64_t count = 0;
  if (!take_text(metric_) || !take_text(labels_) || !take_text(installation_) ||
      !take_number(rest_, count))
    return fail();
  tagged_ = (count & 1) != 0;
  count_ = count >> 1;
  const auto size = tagged_ ? kTagged : kPlain;
  if (count_ == 0 || count_ > rest_.size() / size) return fail();
  samples_ = rest_.substr(0, count_ * size);
  rest_.remove_prefix(samples_.size());
  return true;
}

AdmittedSample SeriesReader::sample(std::size_t i) const {
  const auto from = i * (tagged_ ? kTagged : kPlain);
  return {at<std::int64_t>(samples_, from), at<double>(samples_, from + sizeof(std::int64_t)),
          tagged_ ? at<std::uint64_t>(samples_, from + kPlain) : 0};
}

}  // namespace candor
