// Where a product runs (context.h), with what only the product knows.
//
//   const candor::Context context({.product_version = "3.1", .project = candor::user_text(id)});
//   telemetry.record(acme::Started{.os = context.os_name(), .version = context.product_version()});
#pragma once

#include <candor/context.h>

#include <candor/values.hpp>
#include <string_view>

namespace candor {

class Context {
 public:
  struct Product {
    std::string_view product_version = "";
    std::string_view runtime = CANDOR_COMPILER;  // of an interpreter its own: "python 3.11"
    UserText project{""};                        // tells projects apart: only for hashed fields
  };
  explicit Context(const Product& product) : product_(product), system_(candor_read_context()) {}

  std::string_view os_name() const { return system_->os_name; }
  std::string_view os_version() const { return system_->os_version; }
  std::string_view kernel() const { return system_->kernel; }
  std::string_view architecture() const { return system_->architecture; }
  std::string_view libc() const { return system_->libc; }
  std::string_view runtime() const { return product_.runtime; }
  std::string_view product_version() const { return product_.product_version; }
  UserText project() const { return product_.project; }

 private:
  Product product_;
  const candor_context* system_;
};

}  // namespace candor
