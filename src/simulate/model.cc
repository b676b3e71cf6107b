#include "simulate/model.h"

namespace candor {

std::unique_ptr<Model> make_model(const Contract& contract) {
  if (contract.product == "stone") return make_stone_model();
  if (contract.product == "mesh") return make_mesh_model();
  return make_contract_model(contract);
}

}  // namespace candor
