# cmake -DOUT=FILE.cc -DFILES=a.sql;b.sql -DHEADER=X.h -DTYPE=T -DFUNCTION=f -P embed_files.cmake
# Writes FILE.cc, which defines `std::span<const T> f()` of HEADER: the files' names and texts, in
# name order. T is a struct of two string views.
list(SORT FILES)
set(entries "")
set(count 0)
foreach(path IN LISTS FILES)
  get_filename_component(name "${path}" NAME)
  file(READ "${path}" text)
  if(text MATCHES "\\)candor_file\"")
    message(FATAL_ERROR "${path}: contains the text )candor_file\" that ends the literal it is embedded in")
  endif()
  string(APPEND entries "    {\"${name}\", R\"candor_file(${text})candor_file\"},\n")
  math(EXPR count "${count} + 1")
endforeach()
string(PREPEND entries
  "#include \"${HEADER}\"\n\n#include <array>\n\nnamespace candor {\nnamespace {\n\n"
  "constexpr std::array<${TYPE}, ${count}> kFiles{{\n")
string(APPEND entries
  "}};\n\n}  // namespace\n\n"
  "std::span<const ${TYPE}> ${FUNCTION}() { return kFiles; }\n\n}  // namespace candor\n")
file(WRITE "${OUT}" "${entries}")
