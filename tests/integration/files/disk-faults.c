/*
 * Makes chosen calls of the file system fail, for a process that loads this library before its own (LD_PRELOAD).
 *
 * EDGE_FAULT_FOLDER   only calls on paths below it count
 * EDGE_FAULT_CONTROL  file of five 32-bit numbers that the test writes and reads while the process runs:
 *   nth     the call that fails, counted from 1; 0: none
 *   lasts   1: every call after it fails as well
 *   error   errno to fail with; 0: a write takes only half
 *   count   counted calls so far
 *   fired   calls that failed, or wrote only half
 * Counted: opening for writing, write, fsync, rename, link, mkdir, mkdtemp.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct control {
  int32_t nth, lasts, error, count, fired;
};

static struct control *control;
static char folder[PATH_MAX];
static size_t length;

__attribute__((constructor)) static void prepare(void) {
  const char *at = getenv("EDGE_FAULT_FOLDER");
  const char *file = getenv("EDGE_FAULT_CONTROL");
  if (at == NULL || file == NULL || realpath(at, folder) == NULL) return;
  length = strlen(folder);
  int fd = open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) control = map;
}

static int below(const char *path) {
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* 0: goes through. 1: fails with errno set. 2: is to write half. */
static int fault(const char *path, int is_write) {
  if (control == NULL || control->nth == 0 || path == NULL || !below(path)) return 0;
  if (control->error == 0 && !is_write) return 0;
  int32_t count = __sync_add_and_fetch(&control->count, 1);
  if (count != control->nth && !(control->lasts && count > control->nth)) return 0;
  __sync_add_and_fetch(&control->fired, 1);
  if (control->error == 0) return 2;
  errno = control->error;
  return 1;
}

static int fault_fd(int fd, int is_write) {
  char link[64], path[PATH_MAX];
  if (control == NULL || control->nth == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return fault(path, is_write);
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list list; \
    va_start(list, flags); \
    mode_t mode = va_arg(list, mode_t); \
    va_end(list); \
    if ((flags & O_ACCMODE) != O_RDONLY && fault(path, 0)) return -1; \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(write);
  int how = fault_fd(fd, 1);
  if (how == 1) return -1;
  return real(fd, bytes, how == 2 && size > 1 ? size / 2 : size);
}

#define PWRITE(name, offset_type) \
  ssize_t name(int fd, const void *bytes, size_t size, offset_type offset) { \
    REAL(name); \
    int how = fault_fd(fd, 1); \
    if (how == 1) return -1; \
    return real(fd, bytes, how == 2 && size > 1 ? size / 2 : size, offset); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  return fault_fd(fd, 0) == 1 ? -1 : real(fd, parts, count);
}

int fsync(int fd) {
  REAL(fsync);
  return fault_fd(fd, 0) ? -1 : real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return fault_fd(fd, 0) ? -1 : real(fd);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  return fault(to, 0) ? -1 : real(from, to);
}

int link(const char *from, const char *to) {
  REAL(link);
  return fault(to, 0) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  return fault(path, 0) ? -1 : real(path, mode);
}

char *mkdtemp(char *path) {
  REAL(mkdtemp);
  return fault(path, 0) ? NULL : real(path);
}
