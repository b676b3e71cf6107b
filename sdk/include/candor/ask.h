/* The question of a program's first run: whether its users share what its contract declares. Asked
 * only where somebody sits to answer it, and once; the answer is carried out by the `candor`
 * program, which keeps the decision. Products that are installed by an operator need none of this:
 * there the operator says `candor on`. */
#ifndef CANDOR_ASK_H
#define CANDOR_ASK_H

#include <candor/candor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum candor_consent {
  CANDOR_OPT_IN = 0, /* nothing leaves until somebody says yes: it is asked for */
  CANDOR_OPT_OUT = 1 /* it begins a day after a notice unless refused: the notice is given */
} candor_consent;

typedef struct candor_question {
  size_t size;            /* sizeof(candor_question) */
  candor_consent consent; /* as the product's contract has it */
  const char *title;      /* how the product calls itself: "Acme" */
  const char *shared;     /* what is shared, in the product's words; a few sentences */
  const char *licence;    /* id of the contract's; NULL: it has none */
  const char *program;    /* NULL: candor, where the search path has it */
  /* Of the program, before its command, such as {"--config", "acme.toml", NULL}; NULL: none. */
  const char *const *arguments;
  const char *folder; /* as of candor_options: where the program keeps the decision */
} candor_question;

typedef enum candor_answer {
  CANDOR_NOT_ASKED = 0, /* decided before, nobody sits there, or the environment says something */
  CANDOR_SAID_YES = 1,  /* it is on from now on; a telemetry that was started is still off */
  CANDOR_SAID_NO = 2,   /* nothing asks again. An empty line and the end of the input are a no */
  CANDOR_NOTICED = 3,   /* CANDOR_OPT_OUT: the notice was given, its grace begins */
  CANDOR_CANNOT_ASK =
      4 /* the program is missing, or could not carry out the answer: see `candor on` */
} candor_answer;

/* Waits for the answer, writes to standard error, reads standard input and runs the program, whose
 * end it waits for: to be called where the host would ask, too, and not for --help or --version.
 * Asks only when standard input, output and error are this process group's terminal, neither
 * DO_NOT_TRACK nor CANDOR_TELEMETRY is set, and this is no continuous integration. Changes nothing
 * of the process but that a SIGCHLD may come. One thread at a time. */
CANDOR_API candor_answer candor_ask(const candor_question *question);

#ifdef __cplusplus
}
#endif

#endif
