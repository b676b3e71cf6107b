// Machines of the product mesh: the keys of contracts/mesh.toml.
#include <array>

#include "simulate/model.h"

namespace candor {
namespace {

constexpr std::uint64_t kAspectMachine = 140;
constexpr std::uint64_t kAspectUpgrade = 141;
constexpr std::int64_t kGiB = std::int64_t{1} << 30;

struct System {
  std::string_view id;
  std::string_view release;
  std::string_view kernel;
  std::string_view next_release;
  std::string_view next_kernel;
};
constexpr std::array<System, 6> kSystems = {{
    {"debian", "debian 11", "5.10", "debian 12", "6.1"},
    {"debian", "debian 12", "6.1", "debian 13", "6.12"},
    {"ubuntu", "ubuntu 20.04", "5.4", "ubuntu 22.04", "5.15"},
    {"ubuntu", "ubuntu 22.04", "5.15", "ubuntu 24.04", "6.8"},
    {"rocky", "rocky 9.3", "5.14", "rocky 9.4", "5.14"},
    {"flatcar", "flatcar 3815.2.2", "6.1", "flatcar 3975.2.0", "6.6"},
}};
constexpr std::array<unsigned, 6> kSystemWeights = {14, 38, 12, 26, 6, 4};
constexpr std::array<std::int64_t, 6> kProcessors = {2, 4, 8, 16, 32, 64};
constexpr std::array<unsigned, 6> kProcessorWeights = {14, 30, 28, 16, 8, 4};

class MeshModel final : public Model {
 public:
  Json observe(const FleetKey& fleet, const Life& life, std::int64_t day) const override {
    auto dice = life.dice(fleet, kAspectMachine);
    auto upgrade = life.dice(fleet, kAspectUpgrade);
    const auto& system = kSystems[dice.weighted(kSystemWeights)];
    const bool upgraded = day - life.first_day > upgrade.between(60, 1500);
    const bool is_virtual = dice.chance(850);
    const bool is_arm = dice.chance(80);
    const auto processors = kProcessors[dice.weighted(kProcessorWeights)];
    const auto memory = processors * (dice.chance(600) ? 4 : 8) * kGiB;
    const auto disk = (std::int64_t{32} << dice.between(0, 4)) * kGiB;
    const auto disks = is_virtual ? dice.between(1, 2) : dice.between(2, 8);
    constexpr std::array<std::string_view, 5> kHypervisors = {"kvm", "kvm", "vmware", "amazon",
                                                              "hyperv"};
    const auto hypervisor = dice.one_of(kHypervisors);
    const bool intel = dice.chance(600);
    return {
        {"os", {{"id", system.id}, {"release", upgraded ? system.next_release : system.release}}},
        {"kernel", {{"series", upgraded ? system.next_kernel : system.kernel}}},
        {"architecture", is_arm ? "aarch64" : "x86_64"},
        {"cpu",
         {{"count", processors},
          {"vendor", is_arm  ? "arm"
                     : intel ? "intel"
                             : "amd"}}},
        {"memory", {{"bytes", memory}}},
        {"disks", Json::array({{{"kind", is_virtual ? "virtual" : "nvme"},
                                {"size_bytes", disk},
                                {"count", disks}}})},
        {"storage", {{"disks", disks}, {"bytes", disks * disk}}},
        {"virtualization", is_virtual ? hypervisor : "none"}};
  }
};

}  // namespace

std::unique_ptr<Model> make_mesh_model() { return std::make_unique<MeshModel>(); }

}  // namespace candor
