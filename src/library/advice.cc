#include "library/advice.h"

#include <algorithm>
#include <charconv>

namespace candor::library {
namespace {

constexpr std::string_view kMagic = "candor advice 1";
constexpr std::size_t kColumns = 6;

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

bool is_name(std::string_view text) {
  return text.size() <= kMaxAdviceNameBytes && std::ranges::none_of(text, is_control);
}

// At most so many bytes, and no half of a letter.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

std::string text_of(const AdviceLine& line) {
  std::string sentence(cut(line.sentence, kMaxAdviceSentenceBytes));
  std::ranges::replace_if(sentence, is_control, ' ');
  return line.event + '\t' + line.name + '\t' + line.version + '\t' +
         std::string(name_of(line.verdict)) + '\t' + line.better + '\t' + sentence + '\n';
}

// The parts between tabs; those that are not there are empty. Their number, of more than there is
// room for one more than that.
template <std::size_t N>
std::size_t split(std::string_view line, std::array<std::string_view, N>& parts) {
  for (std::size_t count = 0; count < N; ++count) {
    const auto tab = line.find('\t');
    parts[count] = line.substr(0, tab);
    if (tab == line.npos) return count + 1;
    line.remove_prefix(tab + 1);
  }
  return N + 1;
}

// How a line stands to a plugin, in the order of the file.
int order(std::string_view line, const PluginName& plugin) {
  for (const auto part : {plugin.event, plugin.name, plugin.version}) {
    const auto same = line.substr(0, part.size()).compare(part);
    if (same != 0) return same;
    line.remove_prefix(part.size());
    if (line.empty() || line.front() != '\t')
      return line.empty() || static_cast<unsigned char>(line.front()) < '\t' ? -1 : 1;
    line.remove_prefix(1);
  }
  return 0;
}

// The line that begins at `offset`, with nothing when none ends within the room.
std::optional<std::string_view> line_at(const AdviceBytes& file, std::uint64_t offset,
                                        AdviceRoom& room) {
  const auto count = file.read(offset, room.data(), kMaxAdviceLineBytes);
  const std::string_view read(room.data(), count);
  const auto end = read.find('\n');
  if (end == read.npos) return std::nullopt;
  return read.substr(0, end);
}

bool is_head(std::string_view line, std::string_view product, std::int64_t now_ms) {
  std::array<std::string_view, 3> parts;
  if (split(line, parts) != parts.size() || parts[0] != kMagic || parts[1] != product) return false;
  std::int64_t made_ms = 0;
  const auto made = parts[2];
  const auto read = std::from_chars(made.data(), made.data() + made.size(), made_ms);
  if (read.ec != std::errc() || read.ptr != made.data() + made.size() || made_ms < 0) return false;
  return now_ms - made_ms <= std::chrono::milliseconds(kMaxAdviceAge).count();
}

std::optional<FoundAdvice> advice_in(std::string_view line) {
  std::array<std::string_view, kColumns> parts;
  if (split(line, parts) != kColumns) return std::nullopt;
  const auto verdict = verdict_of(parts[3]);
  const bool fits =
      parts[4].size() <= kMaxAdviceNameBytes && parts[5].size() <= kMaxAdviceSentenceBytes;
  if (!verdict || !fits) return std::nullopt;
  return FoundAdvice{*verdict, parts[4], parts[5]};
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  return verdict == Verdict::kFailing ? "failing" : "degraded";
}

std::optional<Verdict> verdict_of(std::string_view name) {
  for (const auto verdict : {Verdict::kDegraded, Verdict::kFailing}) {
    if (name == name_of(verdict)) return verdict;
  }
  return std::nullopt;
}

std::string make_advice(std::string_view product, std::int64_t made_ms,
                        std::vector<AdviceLine> lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) {
    const bool fits =
        is_name(line.event) && is_name(line.name) && is_name(line.version) && is_name(line.better);
    if (fits) texts.push_back(text_of(line));
  }
  if (texts.size() > kMaxAdviceLines) texts.resize(kMaxAdviceLines);
  std::ranges::sort(texts);
  auto bytes = std::string(kMagic) + '\t' + std::string(product) + '\t' + std::to_string(made_ms);
  bytes += '\n';
  for (const auto& text : texts) bytes += text;
  return bytes;
}

std::optional<FoundAdvice> find_advice(const AdviceBytes& file, std::string_view product,
                                       const PluginName& plugin, std::int64_t now_ms,
                                       AdviceRoom& room) {
  const auto head = line_at(file, 0, room);
  if (!head || !is_head(*head, product, now_ms)) return std::nullopt;
  if (!is_name(plugin.event) || !is_name(plugin.name) || !is_name(plugin.version))
    return std::nullopt;
  // A line begins at `from`; what begins before it stands before the plugin, what begins at `to` or
  // later behind it.
  std::uint64_t from = head->size() + 1;
  std::uint64_t to = file.size();
  while (from < to) {
    const auto middle = from + (to - from) / 2;
    const auto rest = line_at(file, middle > from ? middle - 1 : from, room);
    if (!rest) return std::nullopt;
    const auto at = middle > from ? middle + rest->size() : from;
    if (at >= to) {
      to = middle;
      continue;
    }
    const auto line = line_at(file, at, room);
    if (!line) return std::nullopt;
    const auto stands = order(*line, plugin);
    if (stands == 0) return advice_in(*line);
    if (stands < 0)
      from = at + line->size() + 1;
    else
      to = at;
  }
  return std::nullopt;
}

}  // namespace candor::library
