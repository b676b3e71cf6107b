#include "agent/collect/host.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/collect/host_text.h"
#include "contract/check.h"
#include "contract/contract.h"

namespace candor {
namespace {

// A folder that looks like a machine, with a word in every place that would tell who it is.
class FakeMachine {
 public:
  FakeMachine() {
    put("etc/os-release",
        "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\nHOME_URL=https://canary-url\n");
    put("etc/hostname", "canary-hostname\n");
    put("etc/machine-id", "canary0machine0id\n");
    put("etc/passwd", "canary-user:x:1000:1000::/home/canary-user:/bin/sh\n");
    put("proc/sys/kernel/hostname", "canary-hostname\n");
    put("proc/meminfo", "MemTotal:       16103232 kB\nMemFree:  1 kB\n");
    put("proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: canary-model @ 2.10GHz\n"
        "flags\t\t: fpu vme\nSerial\t: canary-serial\n");
    put("sys/devices/system/cpu/online", "0-7,16-23\n");
    put("sys/class/net/eth0/address", "52:54:00:ca:na:ry\n");
    put("sys/class/dmi/id/sys_vendor", "Supermicro\n");
    put("sys/class/dmi/id/product_name", "canary-product\n");
    put("sys/class/dmi/id/product_serial", "canary-serial\n");
    put("sys/class/dmi/id/product_uuid", "canary-uuid\n");
    disk("sda", 7'814'037'168, "1");
    disk("sdb", 7'814'037'168, "1");
    disk("sdc", 937'703'088, "0");
    disk("nvme0n1", 1'953'525'168, "0");
    disk("loop0", 8'000'000, "0");
    disk("dm-0", 7'814'037'168, "1");
    disk("sr0", 2'097'151, "1");
  }

  void put(const std::string& file, std::string_view text) const {
    std::filesystem::create_directories((folder_.path() / file).parent_path());
    std::ofstream(folder_.path() / file) << text;  // not synced: a test makes hundreds of them
  }
  void remove(const std::string& file) const { std::filesystem::remove_all(folder_.path() / file); }
  void disk(const std::string& name, std::uint64_t sectors, const std::string& rotational) const {
    put("sys/block/" + name + "/size", std::to_string(sectors) + "\n");
    put("sys/block/" + name + "/queue/rotational", rotational + "\n");
    put("sys/block/" + name + "/removable", "0\n");
    put("sys/block/" + name + "/device/model", "canary-disk\n");
    put("sys/block/" + name + "/device/serial", "canary-serial\n");
    put("sys/block/" + name + "/wwid", "canary-wwid\n");
  }

  HostSource source() const { return {folder_.path(), "6.1.0-18-canarybuild", "x86_64"}; }
  Json report() const {
    auto report = collect_host(source());
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : Json();
  }

 private:
  TemporaryFolder folder_;
};

TEST(Host, ReportTellsWhatSortOfMachineItIs) {
  const FakeMachine machine;
  EXPECT_EQ(machine.report(), Json::parse(R"({
    "os": {"id": "debian", "release": "debian 12"},
    "kernel": {"series": "6.1"},
    "architecture": "x86_64",
    "cpu": {"count": 16, "vendor": "intel"},
    "memory": {"bytes": 17179869184},
    "disks": [
      {"kind": "hdd", "size_bytes": 4398046511104, "count": 2},
      {"kind": "nvme", "size_bytes": 1099511627776, "count": 1},
      {"kind": "ssd", "size_bytes": 549755813888, "count": 1}],
    "storage": {"disks": 4, "bytes": 10445360463872},
    "virtualization": "none"})"));
}

TEST(Host, NothingThatTellsWhichMachineItIsGetsIn) {
  const auto text = to_line(FakeMachine().report());
  for (const auto* canary :
       {"canary", "52:54", "ca:na", "eth0", "sda", "nvme0", "2.10GHz", "6.1.0"}) {
    EXPECT_EQ(text.find(canary), std::string::npos) << canary;
  }
}

void expect_declared(const Contract& contract, const Schema::Node& node, const Json& value,
                     const std::string& path) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      const auto* below = node.member(key);
      ASSERT_NE(below, nullptr) << path << "." << key << " is not declared";
      expect_declared(contract, *below, member, path + "." + key);
    }
  } else if (value.is_array()) {
    ASSERT_TRUE(node.is_list()) << path;
    for (const auto& element : value)
      expect_declared(contract, *node.element, element, path + "[]");
  } else {
    ASSERT_TRUE(node.field.has_value()) << path;
    const auto& field = contract.fields[*node.field];
    const auto scalar = value.is_string()
                            ? Scalar(std::string_view(value.get_ref<const std::string&>()))
                            : Scalar(value.get<std::int64_t>());
    EXPECT_FALSE(check(field, scalar).has_value()) << path << " is out of its bounds";
  }
}

TEST(Host, EveryFactIsDeclaredByTheContractAndWithinItsBounds) {
  const auto contract = read_contract(Path(CANDOR_TEST_SOURCE_DIR) / "contracts/mesh.toml");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  expect_declared(*contract, contract->schema.root(), FakeMachine().report(), "");
  const auto real = collect_host(this_machine());
  ASSERT_TRUE(real.ok()) << real.error().message;
  expect_declared(*contract, contract->schema.root(), *real, "");
}

TEST(Host, SystemThatIsNotWellKnownIsOther) {
  const FakeMachine machine;
  machine.put("etc/os-release", "ID=canary-corp-linux\nVERSION_ID=7\n");
  EXPECT_EQ(machine.report()["os"], Json::parse(R"({"id": "other"})"));
  machine.remove("etc/os-release");
  EXPECT_EQ(machine.report()["os"], Json::parse(R"({"id": "other"})"));
}

TEST(Host, MissingFactFailsTheWholeReportAndNamesTheFile) {
  for (const auto* file :
       {"proc/meminfo", "proc/cpuinfo", "sys/devices/system/cpu/online", "sys/block"}) {
    const FakeMachine machine;
    machine.remove(file);
    const auto report = collect_host(machine.source());
    ASSERT_FALSE(report.ok()) << file;
    EXPECT_EQ(report.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(report.error().message.find(file), std::string::npos) << report.error().message;
  }
}

TEST(Host, UnreadableNumbersAreNoFacts) {
  const FakeMachine machine;
  machine.put("proc/meminfo", "MemTotal: lots\n");
  EXPECT_FALSE(collect_host(machine.source()).ok());
  machine.put("proc/meminfo", "MemTotal: 99999999999999999999 kB\n");
  EXPECT_FALSE(collect_host(machine.source()).ok());
}

TEST(Host, RemovableAndEmptyDisksDoNotCount) {
  const FakeMachine machine;
  machine.put("sys/block/sda/removable", "1\n");
  machine.put("sys/block/sdb/size", "0\n");
  EXPECT_EQ(machine.report()["storage"]["disks"], 2);
}

TEST(Host, VirtualMachinesAndContainersAreToldApart) {
  const FakeMachine machine;
  machine.put("proc/cpuinfo", "vendor_id : AuthenticAMD\nflags : fpu hypervisor\n");
  EXPECT_EQ(machine.report()["virtualization"], "other");
  machine.put("sys/class/dmi/id/sys_vendor", "QEMU\n");
  EXPECT_EQ(machine.report()["virtualization"], "kvm");
  machine.put("sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n");
  machine.put("sys/class/dmi/id/product_name", "Virtual Machine\n");
  EXPECT_EQ(machine.report()["virtualization"], "hyperv");
  machine.put("run/systemd/container", "lxc\n");
  EXPECT_EQ(machine.report()["virtualization"], "container");
  EXPECT_EQ(machine.report()["cpu"]["vendor"], "amd");
}

TEST(Host, SizeClassIsTheNearestPowerOfTwo) {
  EXPECT_EQ(size_class(0), 1u);
  EXPECT_EQ(size_class(1), 1u);
  EXPECT_EQ(size_class(1024), 1024u);
  EXPECT_EQ(size_class(1448), 1024u);
  EXPECT_EQ(size_class(1449), 2048u);
  EXPECT_EQ(size_class(16'489'709'568), 17'179'869'184u);
  EXPECT_EQ(size_class(12'000'138'625'024), 8'796'093'022'208u);
}

TEST(HostText, CpuRangesAreCounted) {
  EXPECT_EQ(count_cpus("0\n"), 1u);
  EXPECT_EQ(count_cpus("0-3,8,10-11\n"), 7u);
  EXPECT_FALSE(count_cpus("").has_value());
  EXPECT_FALSE(count_cpus("3-1").has_value());
  EXPECT_FALSE(count_cpus("a-b").has_value());
}

TEST(HostText, KernelSeriesIsTwoNumbers) {
  EXPECT_EQ(kernel_series("6.1.0-18-amd64"), "6.1");
  EXPECT_EQ(kernel_series("5.15"), "5.15");
  EXPECT_EQ(kernel_series("acme.1"), "");
  EXPECT_EQ(kernel_series("6"), "");
}

TEST(HostText, VersionOfASystemIsDigitsAndDots) {
  EXPECT_EQ(parse_os_release("ID=ubuntu\nVERSION_ID='22.04'\n").release, "ubuntu 22.04");
  EXPECT_EQ(parse_os_release("ID=arch\n").release, "");
  EXPECT_EQ(parse_os_release("ID=debian\nVERSION_ID=\"12 for acme\"\n").release, "");
}

}  // namespace
}  // namespace candor
