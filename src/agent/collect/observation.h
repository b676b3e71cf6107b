// What a collector saw, raw. It never leaves the machine: agent/seal makes a report of it.
#pragma once

#include <utility>

#include "base/json.h"

namespace candor {

class Observation {
 public:
  explicit Observation(Json document) : document_(std::move(document)) {}
  const Json& document() const { return document_; }

  // Puts a value under a key of the document's top level.
  void add(const std::string& key, Json value) { document_[key] = std::move(value); }
  // Puts the members of another object in; objects of one name become one, of anything else the
  // later one counts.
  void merge(Json document);

 private:
  Json document_;
};

}  // namespace candor
