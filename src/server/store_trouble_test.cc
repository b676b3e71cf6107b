#include "server/store_trouble.h"

#include <gtest/gtest.h>

#include <utility>

namespace candor {
namespace {

TEST(StoreTroubleTest, IsEmptyWhereNothingIsWrong) { EXPECT_EQ(store_trouble({}), ""); }

TEST(StoreTroubleTest, EachSaysWhatIsWrongAndWhatToDo) {
  StoreSigns closed, parts, reads, stuck;
  closed.cannot_open = true;
  parts.broken_parts = {{"events", 2}, {"reports", 1}};
  reads.damaged_reads = 3;
  stuck.takes_nothing = "Code: 252";
  for (const auto& [signs, what] :
       {std::pair(closed, "cannot be opened"), std::pair(parts, "parts: 2 of events, 1 of reports"),
        std::pair(reads, "3 times"), std::pair(stuck, "takes nothing: Code: 252")}) {
    const auto sentence = store_trouble(signs);
    EXPECT_NE(sentence.find(what), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("candor restore BACKUP --store"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("is taken"), std::string::npos) << sentence;
  }
}

TEST(StoreTroubleTest, TheWorstIsTold) {
  StoreSigns signs;
  signs.broken_parts = {{"reports", 1}};
  signs.damaged_reads = 1;
  signs.takes_nothing = "x";
  EXPECT_NE(store_trouble(signs).find("1 of reports"), std::string::npos);
  signs.cannot_open = true;
  EXPECT_NE(store_trouble(signs).find("cannot be opened"), std::string::npos);
}

}  // namespace
}  // namespace candor
