#include "server/engine/chdb_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "server/engine/clickhouse_error.h"
#include "server/engine/limits.h"

namespace candor {
namespace {

// The part of chdb.h (26.7) that is used here; the npm package carries no header.
struct ChdbResult;
struct ChdbConnectionBody;
struct ChdbInsertStreamBody;
using ChdbHandle = ChdbConnectionBody*;
using ChdbInsertStream = ChdbInsertStreamBody*;

struct Functions {
  const char* (*version)();
  void (*set_signal_handlers_enabled)(int);
  ChdbHandle* (*connect)(int, char**);
  void (*close_conn)(ChdbHandle*);
  ChdbResult* (*query)(ChdbHandle, const char*, std::size_t, const char*, std::size_t);
  const char* (*result_error)(ChdbResult*);
  char* (*result_buffer)(ChdbResult*);
  std::size_t (*result_length)(ChdbResult*);
  std::uint64_t (*result_rows_written)(ChdbResult*);
  void (*destroy_result)(ChdbResult*);
  ChdbInsertStream (*stream_insert)(ChdbHandle, const char*, std::size_t, const char*, std::size_t);
  int (*stream_append)(ChdbInsertStream, const void*, std::size_t);
  ChdbResult* (*stream_done)(ChdbInsertStream);
  const char* (*stream_error)(ChdbInsertStream);
  void (*destroy_stream)(ChdbInsertStream);
};

template <typename Function>
Status resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function) return Ok{};
  return Error{ErrorKind::kUnavailable,
               fmt::format("the function {} is missing: this libchdb is not version 26.7; "
                           "run `make deps` to install the one Candor was made for",
                           name)};
}

Result<Functions> resolve_all(void* library) {
  Functions f;
  CANDOR_TRY(resolve(library, "chdb_version", f.version));
  CANDOR_TRY(resolve(library, "chdb_set_signal_handlers_enabled", f.set_signal_handlers_enabled));
  CANDOR_TRY(resolve(library, "chdb_connect", f.connect));
  CANDOR_TRY(resolve(library, "chdb_close_conn", f.close_conn));
  CANDOR_TRY(resolve(library, "chdb_query_n", f.query));
  CANDOR_TRY(resolve(library, "chdb_result_error", f.result_error));
  CANDOR_TRY(resolve(library, "chdb_result_buffer", f.result_buffer));
  CANDOR_TRY(resolve(library, "chdb_result_length", f.result_length));
  CANDOR_TRY(resolve(library, "chdb_result_rows_written", f.result_rows_written));
  CANDOR_TRY(resolve(library, "chdb_destroy_query_result", f.destroy_result));
  CANDOR_TRY(resolve(library, "chdb_stream_insert_n", f.stream_insert));
  CANDOR_TRY(resolve(library, "chdb_stream_append", f.stream_append));
  CANDOR_TRY(resolve(library, "chdb_stream_done", f.stream_done));
  CANDOR_TRY(resolve(library, "chdb_stream_insert_error", f.stream_error));
  CANDOR_TRY(resolve(library, "chdb_destroy_insert_stream", f.destroy_stream));
  return f;
}

Error engine_error(const char* text) {
  std::string message = text && *text ? text : "the engine failed and gave no reason";
  const ErrorKind kind = clickhouse_error_kind(clickhouse_error_code(message));
  return Error{kind, std::move(message)};
}

class LoadedConnection final : public ChdbConnection {
 public:
  LoadedConnection(const Functions& functions, ChdbHandle* handle)
      : f_(functions), handle_(handle) {}
  ~LoadedConnection() override { f_.close_conn(handle_); }

  Result<std::string> query(std::string_view sql, std::string_view format) override {
    if (sql.find('\0') != sql.npos)
      return Error{ErrorKind::kBadData,
                   "Code: 62. DB::Exception: a statement with a zero byte would be cut short; send "
                   "rows as the data of an INSERT"};
    const OwnedResult result(
        f_.query(*handle_, sql.data(), sql.size(), format.data(), format.size()),
        f_.destroy_result);
    if (!result) return engine_error(nullptr);
    if (const char* error = f_.result_error(result.get())) return engine_error(error);
    const char* bytes = f_.result_buffer(result.get());
    return bytes ? std::string(bytes, f_.result_length(result.get())) : std::string();
  }

  Result<std::uint64_t> insert(std::string_view statement, std::string_view format,
                               std::string_view bytes) override {
    const OwnedStream stream(f_.stream_insert(*handle_, statement.data(), statement.size(),
                                              format.data(), format.size()),
                             f_.destroy_stream);
    if (!stream) return engine_error(nullptr);
    if (const char* error = f_.stream_error(stream.get())) return engine_error(error);
    while (!bytes.empty()) {
      const std::string_view chunk = bytes.substr(0, kInsertChunkBytes);
      // A failed append is explained by stream_done below.
      if (f_.stream_append(stream.get(), chunk.data(), chunk.size()) != 0) break;
      bytes.remove_prefix(chunk.size());
    }
    const OwnedResult result(f_.stream_done(stream.get()), f_.destroy_result);
    if (!result) return engine_error(nullptr);
    if (const char* error = f_.result_error(result.get())) return engine_error(error);
    if (!bytes.empty()) return engine_error(nullptr);
    return f_.result_rows_written(result.get());
  }

 private:
  using OwnedResult = std::unique_ptr<ChdbResult, void (*)(ChdbResult*)>;
  using OwnedStream = std::unique_ptr<ChdbInsertStreamBody, void (*)(ChdbInsertStream)>;

  const Functions& f_;
  ChdbHandle* handle_;
};

class LoadedLibrary final : public ChdbLibrary {
 public:
  explicit LoadedLibrary(const Functions& functions) : f_(functions) {}

  std::string version() const override { return f_.version(); }

  Result<std::unique_ptr<ChdbConnection>> connect(std::span<const std::string> arguments) override {
    std::vector<std::string> words{"candor-engine"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    // Each connect looks at the switch again, and puts the handlers in when it is on.
    f_.set_signal_handlers_enabled(0);
    ChdbHandle* handle = f_.connect(static_cast<int>(argv.size()), argv.data());
    if (!handle || !*handle)
      return Error{ErrorKind::kUnavailable,
                   "the storage cannot be opened; the lines above on standard error say why"};
    return std::unique_ptr<ChdbConnection>(std::make_unique<LoadedConnection>(f_, handle));
  }

 private:
  Functions f_;
};

std::string_view npm_architecture() {
#if defined(__aarch64__)
  return "arm64";
#else
  return "x64";
#endif
}

}  // namespace

Result<Path> find_chdb_library(const std::string& override_path, const Path& program) {
  std::vector<Path> places;
  if (!override_path.empty()) {
    places.emplace_back(override_path);
  } else {
    const Path beside = program.parent_path().parent_path();
    places.push_back(beside / "lib/candor/libchdb.so");
    places.push_back(
        beside / fmt::format("node_modules/@chdb/lib-linux-{}-gnu/libchdb.so", npm_architecture()));
  }
  std::string looked;
  for (const Path& place : places) {
    std::error_code ignored;
    if (std::filesystem::exists(place, ignored)) return place;
    looked += (looked.empty() ? "" : " or ") + place.string();
  }
  return Error{
      ErrorKind::kUnavailable,
      fmt::format("the engine's library is not at {}; run `make deps` in the source folder, "
                  "set CANDOR_CHDB to the path of libchdb.so, or give the collector the "
                  "URL of a ClickHouse server",
                  looked)};
}

Result<std::unique_ptr<ChdbLibrary>> ChdbLibrary::load(const Path& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* reason = dlerror();
    return Error{ErrorKind::kUnavailable,
                 fmt::format("cannot load {}: {}; run `make deps` to install it again",
                             file.string(), reason ? reason : "no reason given")};
  }
  auto functions = resolve_all(library);
  if (!functions) return std::move(functions).error().in(file.string());
  return std::unique_ptr<ChdbLibrary>(std::make_unique<LoadedLibrary>(*functions));
}

}  // namespace candor
