#include "agent/monitor/node.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/files.h"

namespace candor {
namespace {

class NodeTest : public testing::Test {
 protected:
  void write(std::string_view file, std::string_view text) {
    const auto path = folder_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(write_file(path, std::string(text)).ok());
  }

  // A machine with one processor, one disk and one network device.
  void write_machine() {
    write("proc/stat",
          "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 100 200 300 400 500 600 700 800 900 1000\n"
          "intr 77 1 2 3\nctxt 88\nbtime 1795000000\nprocesses 99\nprocs_running 2\n"
          "procs_blocked 1\nsoftirq 5 1\n");
    write("proc/meminfo",
          "MemTotal:       1000 kB\nMemAvailable:    500 kB\nActive(anon):      7 kB\n"
          "HugePages_Total:       3\n");
    write("proc/vmstat",
          "nr_free_pages 5\npgpgin 6\npswpout 7\npgfault 8\npgmajfault 9\noom_kill 1\npgscan 2\n");
    write("proc/loadavg", "0.50 0.25 0.10 1/100 4242\n");
    write("proc/pressure/cpu",
          "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n"
          "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
    write("proc/sys/fs/file-nr", "787\t0\t2466170\n");
    write("proc/diskstats",
          " 254 0 vda 1 2 3 4000 5 6 7 8000 9 10000 11000 12 13 14 15000 16 17000\n"
          " 254 1 vda1 1 2 3 4 5 6 7 8 9 10 11\n   7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n"
          " 259 0 nvme0n1 1 1 1 1 1 1 1 1 1 1 1\n 259 1 nvme0n1p1 1 1 1 1 1 1 1 1 1 1 1\n");
    write("proc/net/dev",
          "Inter-|   Receive                            |  Transmit\n"
          " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop "
          "fifo colls carrier compressed\n"
          "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
    write("sys/class/net/eth0/operstate", "up\n");
    write("proc/1/mounts", fmt::format("/dev/vda {} ext4 rw 0 0\n", folder_.path().string()));
  }

  // By name and labels: "node_load1", "node_cpu_seconds_total{cpu=0,mode=user}".
  std::map<std::string, double> read() {
    std::map<std::string, double> values;
    for (const auto& family : NodeMetrics({folder_.path()}).read()) {
      for (const auto& sample : family.samples) {
        std::string labels;
        for (const auto& [name, value] : sample.labels)
          labels += fmt::format("{}{}={}", labels.empty() ? "" : ",", name, value);
        values[labels.empty() ? sample.name : fmt::format("{}{{{}}}", sample.name, labels)] =
            sample.value;
      }
    }
    return values;
  }

  TemporaryFolder folder_;
};

TEST_F(NodeTest, HasTheNamesAndUnitsOfTheNodeExporter) {
  write_machine();
  auto values = read();
  const std::map<std::string, double> expected = {
      {"node_cpu_seconds_total{cpu=0,mode=user}", 1},
      {"node_cpu_seconds_total{cpu=0,mode=steal}", 8},
      {"node_cpu_guest_seconds_total{cpu=0,mode=user}", 9},
      {"node_cpu_guest_seconds_total{cpu=0,mode=nice}", 10},
      {"node_intr_total", 77},
      {"node_context_switches_total", 88},
      {"node_boot_time_seconds", 1'795'000'000},
      {"node_forks_total", 99},
      {"node_procs_running", 2},
      {"node_procs_blocked", 1},
      {"node_memory_MemTotal_bytes", 1'024'000},
      {"node_memory_Active_anon_bytes", 7'168},
      {"node_memory_HugePages_Total", 3},
      {"node_vmstat_pgpgin", 6},
      {"node_vmstat_pswpout", 7},
      {"node_vmstat_pgmajfault", 9},
      {"node_vmstat_oom_kill", 1},
      {"node_load1", 0.5},
      {"node_load15", 0.1},
      {"node_pressure_cpu_waiting_seconds_total", 2.5},
      {"node_filefd_allocated", 787},
      {"node_filefd_maximum", 2'466'170},
      {"node_disk_reads_completed_total{device=vda}", 1},
      {"node_disk_read_bytes_total{device=vda}", 1'536},
      {"node_disk_read_time_seconds_total{device=vda}", 4},
      {"node_disk_written_bytes_total{device=vda}", 3'584},
      {"node_disk_io_now{device=vda}", 9},
      {"node_disk_io_time_seconds_total{device=vda}", 10},
      {"node_disk_discarded_sectors_total{device=vda}", 14},
      {"node_disk_flush_requests_time_seconds_total{device=vda}", 17},
      {"node_disk_reads_completed_total{device=nvme0n1}", 1},
      {"node_network_receive_bytes_total{device=eth0}", 1},
      {"node_network_receive_multicast_total{device=eth0}", 8},
      {"node_network_transmit_bytes_total{device=eth0}", 9},
      {"node_network_transmit_colls_total{device=eth0}", 14},
      {"node_network_up{device=eth0}", 1},
  };
  for (const auto& [name, value] : expected) {
    ASSERT_TRUE(values.contains(name)) << name;
    EXPECT_DOUBLE_EQ(values[name], value) << name;
  }
  for (const auto* none :
       {"node_vmstat_nr_free_pages", "node_vmstat_pgscan", "node_cpu_seconds_total{cpu=,mode=user}",
        "node_pressure_io_waiting_seconds_total", "node_disk_reads_completed_total{device=vda1}",
        "node_disk_reads_completed_total{device=loop0}",
        "node_disk_reads_completed_total{device=nvme0n1p1}",
        "node_disk_discards_completed_total{device=nvme0n1}"})
    EXPECT_FALSE(values.contains(none)) << none;
  const auto size =
      fmt::format("node_filesystem_size_bytes{{device=/dev/vda,fstype=ext4,mountpoint={}}}",
                  folder_.path().string());
  EXPECT_GT(values[size], 0) << size;
  EXPECT_TRUE(values.contains("node_timex_sync_status"));
  for (const auto* part : {"cpu", "meminfo", "filesystem", "timex", "uname", "netdev"})
    EXPECT_EQ(values[fmt::format("node_scrape_collector_success{{collector={}}}", part)], 1)
        << part;
}

TEST_F(NodeTest, APartThatCannotBeReadSaysSoAndTheOthersTell) {
  write_machine();
  write("proc/loadavg", "1\n");
  std::filesystem::remove(folder_.path() / "proc/net/dev");
  const auto values = read();
  EXPECT_EQ(values.at("node_scrape_collector_success{collector=loadavg}"), 0);
  EXPECT_EQ(values.at("node_scrape_collector_success{collector=netdev}"), 0);
  EXPECT_EQ(values.at("node_scrape_collector_success{collector=cpu}"), 1);
  EXPECT_FALSE(values.contains("node_load1"));
  EXPECT_TRUE(values.contains("node_forks_total"));
}

TEST_F(NodeTest, WhateverStandsInTheFilesIsRead) {
  write_machine();
  for (const auto* file : {"proc/stat", "proc/meminfo", "proc/vmstat", "proc/loadavg",
                           "proc/pressure/cpu", "proc/sys/fs/file-nr", "proc/diskstats",
                           "proc/net/dev", "proc/1/mounts", "sys/class/net/eth0/operstate"}) {
    const auto whole = *read_file(folder_.path() / file);
    for (const auto* text : {"", "\n", " \n \n", ":", "a\nb:\nc:\n:\n", "some\n", "cpu0", "\\0 \\"})
      write(file, text), read();
    for (std::size_t cut = 0; cut < whole.size(); cut += 7)
      write(file, whole.substr(0, cut)), read();
    write(file, whole);
  }
}

TEST(NodeMetrics, OfThisMachine) {
  NodeMetrics node;
  const auto families = node.read();
  for (const auto* name :
       {"node_cpu_seconds_total", "node_memory_MemAvailable_bytes", "node_filesystem_avail_bytes",
        "node_network_receive_bytes_total", "node_timex_offset_seconds", "node_uname_info"}) {
    EXPECT_NE(std::ranges::find(families, name, &MetricFamily::name), families.end()) << name;
  }
}

}  // namespace
}  // namespace candor
