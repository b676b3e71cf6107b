// Preloaded into the collector: fails the calls it is told to, of those that open, change or sync files below
// $FAULT_FOLDER, and sets its clock. The calls are counted in the file $FAULT_CONTROL, where the test says which fail
// and what the time is, while the program runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
  _Atomic uint64_t calls;         // so far
  _Atomic uint64_t first, last;   // these fail; none when 0
  _Atomic uint64_t error;         // errno
  _Atomic int64_t seconds;        // the clock is ahead by so much
};

static struct control *control;
static char folder[4096];

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("FAULT_FOLDER"), *path = getenv("FAULT_CONTROL");
  if (name == NULL || path == NULL) return;
  snprintf(folder, sizeof folder, "%s/", name);
  const int fd = (int)(((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, O_RDWR));
  void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || mapped == MAP_FAILED) abort();
  close(fd);
  control = mapped;
  unsetenv("LD_PRELOAD");  // the engine is another process, with files of its own
}

static int fails(const char *path) {
  if (control == NULL || strncmp(path, folder, strlen(folder)) != 0) return 0;
  const uint64_t number = atomic_fetch_add(&control->calls, 1) + 1;
  if (number < control->first || number > control->last) return 0;
  errno = (int)control->error;
  return 1;
}

static int fails_of(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return fails(path);
}

#define NEXT(type, name) \
  static __typeof__(type) *next; \
  if (next == NULL) next = (__typeof__(type) *)dlsym(RTLD_NEXT, name)

int open(const char *path, int flags, ...) {
  NEXT(int(const char *, int, ...), "open");
  va_list more;
  va_start(more, flags);
  const unsigned mode = va_arg(more, unsigned);
  va_end(more);
  return fails(path) ? -1 : next(path, flags, mode);
}

int rename(const char *from, const char *to) {
  NEXT(int(const char *, const char *), "rename");
  return fails(from) ? -1 : next(from, to);
}

// A write that fails leaves the half of its bytes.
ssize_t write(int fd, const void *bytes, size_t size) {
  NEXT(ssize_t(int, const void *, size_t), "write");
  const int failed = fails_of(fd) ? errno : 0;
  const ssize_t done = next(fd, bytes, failed ? size / 2 : size);
  if (!failed) return done;
  errno = failed;
  return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  NEXT(ssize_t(int, const void *, size_t, off_t), "pwrite");
  const int failed = fails_of(fd) ? errno : 0;
  const ssize_t done = next(fd, bytes, failed ? size / 2 : size, at);
  if (!failed) return done;
  errno = failed;
  return -1;
}

int fdatasync(int fd) {
  NEXT(int(int), "fdatasync");
  return fails_of(fd) ? -1 : next(fd);
}

int fsync(int fd) {
  NEXT(int(int), "fsync");
  return fails_of(fd) ? -1 : next(fd);
}

int fallocate(int fd, int mode, off_t at, off_t size) {
  NEXT(int(int, int, off_t, off_t), "fallocate");
  return fails_of(fd) ? -1 : next(fd, mode, at, size);
}

int ftruncate(int fd, off_t size) {
  NEXT(int(int, off_t), "ftruncate");
  return fails_of(fd) ? -1 : next(fd, size);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  NEXT(int(clockid_t, struct timespec *), "clock_gettime");
  const int result = next(clock, now);
  const int of_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && of_day && control != NULL) now->tv_sec += control->seconds;
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  NEXT(int(struct timeval *, void *), "gettimeofday");
  const int result = next(now, zone);
  if (result == 0 && control != NULL) now->tv_sec += control->seconds;
  return result;
}
