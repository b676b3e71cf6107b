/* libcandor: what a product's users agreed to share, recorded from within the product.
 *
 * The library writes into memory that it shares with the agent, and nothing else: it sends nothing,
 * starts no thread, prints nothing, and never makes the program it is in wait, fail or end. Where
 * telemetry is off, or no operator agreed to what is recorded, a call is a load and a branch.
 *
 *   candor_options options = {sizeof options, "acme", NULL};
 *   candor_telemetry *telemetry = candor_start(&options);
 *   candor_counter exports = candor_find_counter(telemetry, "usage.exports");
 *   ...
 *   candor_add(telemetry, exports, 1);
 *
 * What may be recorded is declared in the product's contract; numbers of declarations are looked up
 * once, by name. Of a name that is not declared, or not agreed to, the number is 0 and recording it
 * does nothing. `candor contract generate` writes functions in place of the names.
 *
 * Any function may be called from any thread, before a fork and after it, with what candor_start()
 * gave or with NULL, which does nothing. A number counts only with the telemetry that it was found
 * with. But for candor_start(), candor_begin(), the first call of a thread and where it is said,
 * none makes a system call or allocates memory. A run is ended by the process that began it. Texts
 * are UTF-8. */
#ifndef CANDOR_CANDOR_H
#define CANDOR_CANDOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CANDOR_API __attribute__((visibility("default")))

/* One product in one process. */
typedef struct candor_telemetry candor_telemetry;

typedef struct candor_options {
  size_t size;         /* sizeof(candor_options) */
  const char *product; /* as its contract names it */
  /* The agent's state folder; NULL: $CANDOR_DIR/state, else /var/lib/candor for root, else
   * candor in $XDG_STATE_HOME or ~/.local/state. */
  const char *folder;
} candor_options;

typedef enum candor_result {
  CANDOR_OK = 0,
  CANDOR_OFF = 1, /* it is not recorded: off, undeclared, or not agreed to */
  CANDOR_PARTLY =
      2, /* recorded, without values that the declaration does not allow or that found no room */
  CANDOR_DROPPED = 3,   /* no room until the agent takes what is there; counted */
  CANDOR_MISUSED = 4,   /* a pointer is missing, or a run was ended before */
  CANDOR_UNREADABLE = 5 /* there is no such file, it cannot be read, or it is too large */
} candor_result;

/* Never NULL but without memory: what cannot be started is off. At most four products in a process,
 * each once: starting one again gives the same. */
CANDOR_API candor_telemetry *candor_start(const candor_options *options);
/* From now on nothing is recorded; `telemetry` may still be used. What was recorded stays. */
CANDOR_API void candor_stop(candor_telemetry *telemetry);

/* The part of it that the functions below read. */
struct candor_hot {
  const uint8_t *flags; /* by number of a declaration: whether it may be recorded */
  uint32_t place;       /* in candor_thread */
};
struct candor_thread {
  uint64_t *slots[4];
};
CANDOR_API extern __thread struct candor_thread candor_this_thread
    __attribute__((tls_model("initial-exec")));

/* ---- Counters and histograms ---- */

typedef struct candor_counter {
  uint32_t declaration; /* 0: nothing */
  uint32_t slot;
} candor_counter;

typedef struct candor_histogram {
  uint32_t declaration;
  uint32_t slot;
  uint32_t count; /* of bounds */
  const double *bounds;
} candor_histogram;

CANDOR_API candor_counter candor_find_counter(const candor_telemetry *telemetry, const char *path);
CANDOR_API candor_histogram candor_find_histogram(const candor_telemetry *telemetry,
                                                  const char *path);

CANDOR_API void candor_add_slowly(candor_telemetry *telemetry, candor_counter counter,
                                  uint64_t count);
CANDOR_API void candor_observe_slowly(candor_telemetry *telemetry,
                                      const candor_histogram *histogram, double value);

static inline int candor_may_record(const candor_telemetry *telemetry, uint32_t declaration) {
  const struct candor_hot *hot = (const struct candor_hot *)telemetry;
  if (hot == NULL) return 0;
  const uint8_t *flags = __atomic_load_n(&hot->flags, __ATOMIC_RELAXED);
  return __atomic_load_n(&flags[declaration], __ATOMIC_RELAXED) != 0;
}

/* Adds to a counter. Survives whatever ends the process. */
static inline void candor_add(candor_telemetry *telemetry, candor_counter counter, uint64_t count) {
  if (!candor_may_record(telemetry, counter.declaration)) return;
  uint64_t *slots = candor_this_thread.slots[((const struct candor_hot *)telemetry)->place];
  if (slots == NULL) {
    candor_add_slowly(telemetry, counter, count);
    return;
  }
  uint64_t *slot = &slots[counter.slot];
  __atomic_store_n(slot, __atomic_load_n(slot, __ATOMIC_RELAXED) + count, __ATOMIC_RELAXED);
}

/* How many bounds a value is above: the place of its count among the histogram's slots. */
static inline uint32_t candor_bounds_below(const candor_histogram *histogram, double value) {
  uint32_t below = 0;
  for (uint32_t i = 0; i < histogram->count; ++i) below += value > histogram->bounds[i];
  return below;
}

/* Counts a value under the first bound that it is not above. NaN is none. */
static inline void candor_observe(candor_telemetry *telemetry, const candor_histogram *histogram,
                                  double value) {
  /* What is not finite is no number of anything. */
  if (histogram == NULL || value - value != 0 ||
      !candor_may_record(telemetry, histogram->declaration))
    return;
  uint64_t *slots = candor_this_thread.slots[((const struct candor_hot *)telemetry)->place];
  if (slots == NULL) {
    candor_observe_slowly(telemetry, histogram, value);
    return;
  }
  const uint32_t above = candor_bounds_below(histogram, value);
  slots += histogram->slot;
  __atomic_store_n(&slots[above], __atomic_load_n(&slots[above], __ATOMIC_RELAXED) + 1,
                   __ATOMIC_RELAXED);
  uint64_t *sum_slot = &slots[histogram->count + 1];
  uint64_t bits = __atomic_load_n(sum_slot, __ATOMIC_RELAXED);
  double sum;
  memcpy(&sum, &bits, sizeof sum);
  sum += value;
  memcpy(&bits, &sum, sizeof bits);
  __atomic_store_n(sum_slot, bits, __ATOMIC_RELAXED);
}

/* ---- Events ---- */

typedef enum candor_type {
  CANDOR_BOOLEAN = 1,
  CANDOR_INTEGER = 2,
  CANDOR_NUMBER = 3,
  CANDOR_TEXT = 4,
  CANDOR_DIGEST = 5 /* only of a field that is hashed */
} candor_type;

/* What stands for a file, by each class: the library's. All zeros: no value. */
typedef struct candor_file_digest {
  uint32_t known;
  uint8_t md5[16];
  uint8_t sha256[32];
  uint8_t keyed[32];
} candor_file_digest;

typedef struct candor_value {
  uint32_t field; /* 0: passed over */
  uint32_t type;  /* a candor_type */
  size_t length;  /* of a text, bytes */
  union {
    int64_t integer; /* or boolean */
    double number;
    const char *text; /* read during the call only, as is what follows */
    const candor_file_digest *digest;
  } as;
} candor_value;

/* 0: not declared. */
CANDOR_API uint32_t candor_find_event(const candor_telemetry *telemetry, const char *name);
CANDOR_API uint32_t candor_find_field(const candor_telemetry *telemetry, uint32_t event,
                                      const char *path);

/* Records that something happened now. A text whose field is hashed is hashed here, and kept
 * nowhere. */
CANDOR_API candor_result candor_record(candor_telemetry *telemetry, uint32_t event,
                                       const candor_value *values, size_t count);

/* Member by member, which compilers keep in registers. */
static inline candor_value candor_integer(uint32_t field, int64_t integer) {
  candor_value value;
  value.field = field;
  value.type = CANDOR_INTEGER;
  value.length = 0;
  value.as.integer = integer;
  return value;
}
static inline candor_value candor_boolean(uint32_t field, int boolean) {
  candor_value value = candor_integer(field, boolean != 0);
  value.type = CANDOR_BOOLEAN;
  return value;
}
static inline candor_value candor_number(uint32_t field, double number) {
  candor_value value;
  value.field = field;
  value.type = CANDOR_NUMBER;
  value.length = 0;
  value.as.number = number;
  return value;
}
static inline candor_value candor_text_of(uint32_t field, const char *text, size_t length) {
  candor_value value;
  value.field = field;
  value.type = CANDOR_TEXT;
  value.length = length;
  value.as.text = text;
  return value;
}
/* NULL is no value, as is one of a file that could not be read. */
static inline candor_value candor_digest(uint32_t field, const candor_file_digest *digest) {
  candor_value value;
  value.field = digest == NULL || digest->known == 0 ? 0 : field;
  value.type = CANDOR_DIGEST;
  value.length = 0;
  value.as.digest = digest;
  return value;
}
/* Reads a file of at most 1 MiB, such as the product's configuration, so that a field that is
 * hashed can say that it changed; what is in it goes nowhere. Set whatever the result is:
 * CANDOR_OFF when no such field may be recorded now, and then the file is not opened; or
 * CANDOR_UNREADABLE. Makes system calls: once at the start is enough. */
CANDOR_API candor_result candor_digest_file(candor_telemetry *telemetry, const char *path,
                                            candor_file_digest *digest);

/* NULL is no value. */
static inline candor_value candor_text(uint32_t field, const char *text) {
  return text == NULL ? candor_text_of(0, "", 0) : candor_text_of(field, text, strlen(text));
}

/* ---- Runs: what begins and ends ---- */

typedef enum candor_outcome {
  CANDOR_COMPLETED = 1,
  CANDOR_FAILED = 2,
  CANDOR_ABORTED = 3
} candor_outcome;

typedef struct candor_run {
  candor_telemetry *telemetry; /* NULL: of nothing that is recorded */
  uint32_t declaration;
  uint32_t entry;
  uint32_t process;
  uint32_t open; /* 1 until it has ended */
  int64_t began_ms;
  int64_t began_us; /* of a clock that only goes on */
  uint8_t id[16];
  uint32_t values;
  uint32_t bytes;
  uint8_t value_bytes[448];
} candor_run;

/* Records that a run of this declaration began. One that its process does not end, because it died,
 * is told as lost. `run` is the caller's, and is set whatever the result is. */
CANDOR_API candor_result candor_begin(candor_telemetry *telemetry, uint32_t declaration,
                                      const candor_value *values, size_t count, candor_run *run);
/* Records the same again, and how it ended: once. */
CANDOR_API candor_result candor_end(candor_run *run, candor_outcome outcome);

/* ---- Advice: what the usage of all installations says about a plugin ---- */

typedef enum candor_verdict {
  CANDOR_NO_ADVICE = 0, /* nothing is known, or nothing bad */
  CANDOR_DEGRADED = 1,
  CANDOR_FAILING = 2
} candor_verdict;

typedef struct candor_advice {
  candor_verdict verdict;
  char better[257];   /* the version to take instead; empty: none is known */
  char sentence[401]; /* what led to the verdict, in English */
} candor_advice;

/* Whether that version of a plugin works for others, to be asked before it is run: `event` is what
 * the contract calls a run of it. Looks into a file that the agent left on this machine, each time
 * anew, in some microseconds; nobody learns what was asked. `out` may be NULL, and is the caller's;
 * it is set whatever the result is. No advice where telemetry is off, or the agent has heard
 * nothing of the collector for 30 days. */
CANDOR_API candor_verdict candor_advise(const candor_telemetry *telemetry, const char *event,
                                        const char *name, const char *version, candor_advice *out);

/* ---- Crashes ---- */

typedef struct candor_crash_options {
  size_t size;         /* sizeof(candor_crash_options) */
  const char *program; /* as reports name it; at most 64 bytes, the rest is cut */
  const char *version; /* likewise */
} candor_crash_options;

/* From now on the process leaves a record when SIGSEGV, SIGABRT, SIGBUS, SIGILL or SIGFPE ends it:
 * which program, which signal, and of each frame of the stack the module's name, build-id and
 * offset. No memory, no registers, no arguments, no environment, no paths. Only while the operator
 * agreed to it, which is looked at when it crashes. Texts are read during the call only.
 *
 * The signal then does what it would have done: a handler that was there when this was first called
 * is called, else the process ends with the same core dump and status. Signals that are ignored
 * stay so. A program whose own handler goes on after such a signal does not call this: the signal
 * leaves a record all the same.
 *
 * The calling thread gets a stack for signals unless it has one; another thread that overflows its
 * stack, and has none, leaves no record. Calling it again, from any thread, takes the newest
 * options, and the names of libraries that were loaded since: with a C library older than glibc
 * 2.35 they have none otherwise.
 *
 * CANDOR_OFF: it is not declared, and nothing has changed; or it is off now, and an on reaches it.
 */
CANDOR_API candor_result candor_record_crashes(candor_telemetry *telemetry,
                                               const candor_crash_options *options);

#ifdef __cplusplus
}
#endif

#endif
