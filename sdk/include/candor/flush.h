/* For products that are used where no `candor agent` runs: has the `candor` program take what was
 * recorded by now, and send it: events at once, counters and histograms with the report, when the
 * next one is due. Where an agent runs, that does so by itself. */
#ifndef CANDOR_FLUSH_H
#define CANDOR_FLUSH_H

#include <candor/candor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct candor_flush_options {
  size_t size;         /* sizeof(candor_flush_options) */
  const char *program; /* NULL: candor, where the search path has it */
  /* Of the program, before its command, such as {"--config", "acme.toml", NULL}; NULL: none. */
  const char *const *arguments;
} candor_flush_options;

/* Starts the program and goes on; that it is started takes a few milliseconds, what it does takes
 * none of the host's time, and goes on when the host ends. What is not sent, without a network for
 * instance, is kept for the next time. `options` may be NULL. Changes nothing of the process but
 * that a SIGCHLD may come.
 *
 * CANDOR_OFF: telemetry is off, or an agent runs. CANDOR_DROPPED: it could not be started; what was
 * recorded stays. */
CANDOR_API candor_result candor_flush(const candor_telemetry *telemetry,
                                      const candor_flush_options *options);

#ifdef __cplusplus
}
#endif

#endif
