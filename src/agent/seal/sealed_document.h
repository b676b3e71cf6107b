// What every sealed document is: the exact bytes that are shown, sent, kept and signed for.
#pragma once

#include <string>
#include <utility>

namespace candor {

// Only the four kinds below it can be made, and each of them by its own seal only.
class SealedDocument {
 public:
  const std::string& id() const { return id_; }          // sorts by time; names its files
  const std::string& bytes() const { return bytes_; }    // pretty JSON, final newline
  const std::string& sha256() const { return sha256_; }  // of the bytes, hex

 private:
  SealedDocument(std::string id, std::string bytes, std::string sha256)
      : id_(std::move(id)), bytes_(std::move(bytes)), sha256_(std::move(sha256)) {}
  friend class SealedReport;
  friend class SealedDeviceReport;
  friend class SealedEvents;
  friend class SealedMetrics;
  std::string id_;
  std::string bytes_;
  std::string sha256_;
};

// One installation's report; made by seal() only (agent/seal/seal.h).
class SealedReport final : public SealedDocument {
  SealedReport(std::string id, std::string bytes, std::string sha256)
      : SealedDocument(std::move(id), std::move(bytes), std::move(sha256)) {}
  friend class ReportSeal;
};

// What the drives of one machine say, linkable to no installation; made by seal_devices() only
// (agent/seal/seal_devices.h).
class SealedDeviceReport final : public SealedDocument {
  SealedDeviceReport(std::string id, std::string bytes, std::string sha256)
      : SealedDocument(std::move(id), std::move(bytes), std::move(sha256)) {}
  friend class DeviceSeal;
};

// Events of many moments in one file: of visitors, or of programs of the installation; made by
// seal_events() only (agent/seal/seal_events.h).
class SealedEvents final : public SealedDocument {
  SealedEvents(std::string id, std::string bytes, std::string sha256)
      : SealedDocument(std::move(id), std::move(bytes), std::move(sha256)) {}
  friend class EventSeal;
};

// What the machine and its services were doing at one moment; made by seal_metrics() only
// (agent/seal/seal_metrics.h).
class SealedMetrics final : public SealedDocument {
  SealedMetrics(std::string id, std::string bytes, std::string sha256)
      : SealedDocument(std::move(id), std::move(bytes), std::move(sha256)) {}
  friend class MetricsSeal;
};

}  // namespace candor
