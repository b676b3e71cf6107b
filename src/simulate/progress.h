// How far a run is, for the person who waits for it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "simulate/post.h"

namespace candor {

// "[######....]  6120/10000  61%  842/s  5 s left", at most `width` columns; with what is in the
// way instead of the time left when reports are being sent again. Pure.
std::string progress_bar(const PostProgress& progress, std::size_t width);

// "6120 of 10000 reports, 842/s, 5 s left". Pure.
std::string progress_sentence(const PostProgress& progress);

}  // namespace candor
