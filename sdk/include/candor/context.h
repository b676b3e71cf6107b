/* What most contracts declare of where a product runs, so that no program has to find it out
 * itself. Nothing of it is recorded by itself: a program gives it to the fields that its contract
 * has for it. */
#ifndef CANDOR_CONTEXT_H
#define CANDOR_CONTEXT_H

#include <candor/candor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Texts that end with a zero and are empty where it cannot be told; the same for as long as the
 * process lives. */
typedef struct candor_context {
  char os_name[64];      /* "debian": ID of os-release(5); else of uname: "linux" */
  char os_version[64];   /* "12": VERSION_ID; empty of systems that have none */
  char kernel[64];       /* "6.1.0" of uname's "6.1.0-18-amd64": what counts it up is not told */
  char architecture[64]; /* "x86_64" */
  char libc[64];         /* what the process runs with: "glibc 2.36" */
} candor_context;

/* Reads it once; what is called later gives the same. Never NULL. Before it was read, makes system
 * calls. */
CANDOR_API const candor_context *candor_read_context(void);

/* What this program was compiled with; its runtime, where it is written in C or C++: "gcc 12.2". */
#if defined(__clang__)
#define CANDOR_COMPILER "clang " CANDOR_VERSION_TEXT(__clang_major__, __clang_minor__)
#elif defined(__GNUC__)
#define CANDOR_COMPILER "gcc " CANDOR_VERSION_TEXT(__GNUC__, __GNUC_MINOR__)
#else
#define CANDOR_COMPILER ""
#endif
#define CANDOR_VERSION_TEXT(major, minor) CANDOR_AS_TEXT(major) "." CANDOR_AS_TEXT(minor)
#define CANDOR_AS_TEXT(number) CANDOR_AS_TEXT_NOW(number)
#define CANDOR_AS_TEXT_NOW(number) #number

#ifdef __cplusplus
}
#endif

#endif
