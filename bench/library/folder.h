// A state folder in which everything was agreed to, and what takes events out of a ring in it.
#pragma once

#include <filesystem>
#include <string>

namespace candor::bench {

// Made in `folder`, for the product "bench": a counter, a histogram of 11 bounds, an event.
void make_state(const std::filesystem::path& folder);

// Takes what is in the only ring of a state folder, as the agent does, so that there is room again.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& folder);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void take();
  // Events that found no room since the ring was made; none may be, or the figures are of drops.
  std::uint64_t dropped() const;

 private:
  std::uint8_t* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace candor::bench
