// The members of a JSON object as text, found without reading what they hold: of a long document
// only a few are wanted as a rule.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace candor {

// Valid until the next document is read. Not thread-safe.
class TopMembers {
 public:
  struct Member {
    std::string_view name;
    std::string_view json;  // within memory that goes on for simdjson::SIMDJSON_PADDING bytes
  };

  TopMembers();
  ~TopMembers();
  TopMembers(const TopMembers&) = delete;
  TopMembers& operator=(const TopMembers&) = delete;

  // False where the text is no JSON object as far as its members tell; what they hold is not
  // looked at. The text may go afterwards.
  bool read(std::string_view text);

  const std::vector<Member>& all() const { return members_; }
  // The whole document, in memory as its members are; empty when it was none.
  std::string_view text() const { return {padded_.data(), size_}; }
  // Of several with one name the first; empty when there is none.
  std::string_view json_of(std::string_view name) const;

 private:
  bool none();

  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string padded_;
  std::size_t size_ = 0;
  std::vector<Member> members_;
};

}  // namespace candor
