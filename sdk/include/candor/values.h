/* Typed values for what `candor contract generate --lang c` writes: a structure for each sort of
 * value, so that the compiler refuses one in the place of another. One that is all zeros is no
 * value, so what a program does not name is not recorded.
 *
 *   candor_clear(name)         a text of the program's own; not what a user entered
 *   candor_hashed(argument)    a text of which a hash is recorded, and nothing else
 *   candor_hashed_file(&sum)   the same of a file (candor_digest_file)
 *   candor_whole(3), candor_real(0.5), candor_yes_if(1), candor_at(time(NULL))
 *
 * Texts end with a zero, are read when they are recorded, and may be NULL, which is no value. What
 * the contract calls never has no place in what is written. */
#ifndef CANDOR_VALUES_H
#define CANDOR_VALUES_H

#include <candor/candor.h>
#include <stdio.h>

typedef struct candor_clear_text {
  const char *own;
} candor_clear_text;
typedef struct candor_hashed_text {
  const char *text;
  const candor_file_digest *file;
} candor_hashed_text;
typedef struct candor_whole_number {
  int64_t number;
  int given;
} candor_whole_number;
typedef struct candor_real_number {
  double number;
  int given;
} candor_real_number;
typedef struct candor_yes_or_no {
  int yes, given;
} candor_yes_or_no;
typedef struct candor_moment {
  char text[32]; /* as RFC 3339 has it, to the second, in UTC */
} candor_moment;

static inline candor_clear_text candor_clear(const char *own) {
  candor_clear_text value = {own};
  return value;
}
static inline candor_hashed_text candor_hashed(const char *text) {
  candor_hashed_text value = {text, NULL};
  return value;
}
static inline candor_hashed_text candor_hashed_file(const candor_file_digest *file) {
  candor_hashed_text value = {NULL, file};
  return value;
}
static inline candor_whole_number candor_whole(int64_t number) {
  candor_whole_number value = {number, 1};
  return value;
}
static inline candor_real_number candor_real(double number) {
  candor_real_number value = {number, 1};
  return value;
}
static inline candor_yes_or_no candor_yes_if(int yes) {
  candor_yes_or_no value = {yes != 0, 1};
  return value;
}
/* Of seconds since 1970, as time() gives them; before the year 1 and after 9999 there is none. */
static inline candor_moment candor_at(int64_t seconds) {
  candor_moment value = {{0}};
  if (seconds < -62135596800 || seconds > 253402300799) return value;
  /* Days since 1 March of the year 0: leap days come last. */
  const int64_t shifted = seconds + 719468LL * 86400;
  const int64_t days = shifted / 86400, second = shifted % 86400;
  const int64_t era = days / 146097, of_era = days % 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153, day = of_year - (153 * month + 2) / 5 + 1;
  snprintf(value.text, sizeof value.text, "%04d-%02d-%02dT%02d:%02d:%02dZ",
           (int)(year + era * 400 + (month >= 10)), (int)(month < 10 ? month + 3 : month - 9),
           (int)day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
  return value;
}

/* What generated code makes of them. */
static inline candor_value candor_of_clear_text(uint32_t field, const candor_clear_text *value) {
  return candor_text(field, value->own);
}
static inline candor_value candor_of_hashed_text(uint32_t field, const candor_hashed_text *value) {
  return value->file != NULL ? candor_digest(field, value->file) : candor_text(field, value->text);
}
static inline candor_value candor_of_whole_number(uint32_t field,
                                                  const candor_whole_number *value) {
  return candor_integer(value->given ? field : 0, value->number);
}
static inline candor_value candor_of_real_number(uint32_t field, const candor_real_number *value) {
  return candor_number(value->given ? field : 0, value->number);
}
static inline candor_value candor_of_yes_or_no(uint32_t field, const candor_yes_or_no *value) {
  return candor_boolean(value->given ? field : 0, value->yes);
}
static inline candor_value candor_of_moment(uint32_t field, const candor_moment *value) {
  return candor_text(value->text[0] != 0 ? field : 0, value->text);
}

#endif
