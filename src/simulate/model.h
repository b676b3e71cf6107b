// What the installations of a simulated fleet are like: one model for each product that deserves a
// believable one, and one that reads nothing but the contract, for all others.
#pragma once

#include <memory>

#include "base/json.h"
#include "contract/contract.h"
#include "simulate/life.h"

namespace candor {

// Safe from any thread.
class Model {
 public:
  virtual ~Model() = default;
  // What an installation observes on a day (one on which it is there): the product's own keys,
  // those of its channels that are on by default. The same for the same arguments, always.
  virtual Json observe(const FleetKey& fleet, const Life& life, std::int64_t day) const = 0;
};

// The product's own model, or else the one by the contract. `contract` must outlive it.
std::unique_ptr<Model> make_model(const Contract& contract);

std::unique_ptr<Model> make_stone_model();
std::unique_ptr<Model> make_mesh_model();
std::unique_ptr<Model> make_contract_model(const Contract& contract);

}  // namespace candor
