# cmake -DOUT=FILE.cc -DFOLDER=DIR -P embed_sql.cmake
# Writes FILE.cc, which defines what src/server/load/sql.h declares, from DIR/*.sql in name order.
file(GLOB sql_paths "${FOLDER}/*.sql")
list(SORT sql_paths)
set(entries "")
set(count 0)
foreach(path IN LISTS sql_paths)
  get_filename_component(name "${path}" NAME)
  file(READ "${path}" text)
  if(text MATCHES "\\)candor_sql\"")
    message(FATAL_ERROR "${path}: contains the text )candor_sql\" that ends the literal it is embedded in")
  endif()
  string(APPEND entries "    {\"${name}\", R\"candor_sql(${text})candor_sql\"},\n")
  math(EXPR count "${count} + 1")
endforeach()
string(PREPEND entries
  "#include \"server/load/sql.h\"\n\n#include <array>\n\nnamespace candor {\nnamespace {\n\n"
  "constexpr std::array<SqlFile, ${count}> kFiles{{\n")
string(APPEND entries
  "}};\n\n}  // namespace\n\n"
  "std::span<const SqlFile> sql_files() { return kFiles; }\n\n}  // namespace candor\n")
file(WRITE "${OUT}" "${entries}")
