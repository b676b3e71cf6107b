// The series of one request that admission keeps, as the journal holds them
// (docs/formats/record.md, "Series"): written once, and copied from there on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace candor {

struct AdmittedSample {
  std::int64_t at = 0;  // milliseconds since 1970
  double value = 0;     // also NaN and infinities; the stale marker is a NaN
  // Tells samples apart that were of different series before labels were dropped; 0 where none
  // was. Another one for each sample, so that nothing says which belong together.
  std::uint64_t tag = 0;
};

// What a series is called; views.
struct SeriesName {
  std::uint64_t id = 0;           // of product, metric, labels and installation, under the key
  std::string_view metric;        // the series' name
  std::string_view labels;        // JSON object of what is kept, sorted by name
  std::string_view installation;  // or empty
};

class SeriesList {
 public:
  // At least one sample; of the tags either all are zero or any may be.
  void add(const SeriesName& name, std::span<const AdmittedSample> samples);
  const std::string& bytes() const { return bytes_; }
  std::uint64_t samples() const { return samples_; }
  bool empty() const { return bytes_.empty(); }

  // Of what bytes() gave; nothing when it is damaged.
  static std::optional<SeriesList> from(std::string bytes);

 private:
  // Of the series before: what the next one's texts have in common with it is not written again.
  struct Before {
    std::string metric, labels, installation;
  };
  void add_text(std::string& before, std::string_view text);
  std::string bytes_;
  Before before_;
  std::uint64_t samples_ = 0;
};

// Reads the bytes of a list, which outlive it.
class SeriesReader {
 public:
  explicit SeriesReader(std::string_view bytes) : rest_(bytes) {}

  // The next series; false at the end, and for good at what is none.
  bool next();
  bool ok() const { return ok_; }

  // Of the series that next() found, until the next call.
  SeriesName name() const { return {id_, metric_, labels_, installation_}; }
  std::size_t size() const { return count_; }
  AdmittedSample sample(std::size_t i) const;

 private:
  bool take_text(std::string& text);
  bool fail() {
    ok_ = false;
    return false;
  }
  std::string_view rest_, samples_;
  std::uint64_t id_ = 0;
  std::string metric_, labels_, installation_;
  std::size_t count_ = 0;
  bool tagged_ = false;
  bool ok_ = true;
};

}  // namespace candor
