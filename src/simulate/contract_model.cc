// A fleet of a product that nobody wrote a model for: values of the types and within the bounds
// that its contract states. Believable in shape, not in meaning.
#include "simulate/model.h"
#include "simulate/values.h"

namespace candor {
namespace {

constexpr std::uint64_t kAspectValues = 150;

class ContractModel final : public Model {
 public:
  explicit ContractModel(const Contract& contract) : contract_(contract) {}

  Json observe(const FleetKey& fleet, const Life& life, std::int64_t day) const override {
    auto report =
        values_of(contract_, contract_.schema.root(),
                  {life.dice(fleet, kAspectValues), life.dice(fleet, kAspectValues, day), day});
    return report.is_null() ? Json::object() : report;
  }

 private:
  const Contract& contract_;
};

}  // namespace

std::unique_ptr<Model> make_contract_model(const Contract& contract) {
  return std::make_unique<ContractModel>(contract);
}

}  // namespace candor
