#include "clinux_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

int clinux_lock(int descriptor, int is_exclusive, int waits) {
  int operation = (is_exclusive ? LOCK_EX : LOCK_SH) | (waits ? 0 : LOCK_NB);
  return flock(descriptor, operation) < 0 ? -errno : 0;
}

int clinux_begin_read_lease(int descriptor) {
  // Who opens the file for writing waits, and we look; the signal for that is ignored by default.
  if (fcntl(descriptor, F_SETSIG, SIGURG) < 0) return -errno;
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) < 0) return errno == EAGAIN ? 0 : -errno;
  return 1;
}

int clinux_has_read_lease(int descriptor) {
  int kind = fcntl(descriptor, F_GETLEASE);
  return kind < 0 ? -errno : kind == F_RDLCK;
}

int clinux_end_lease(int descriptor) {
  return fcntl(descriptor, F_SETLEASE, F_UNLCK) < 0 ? -errno : 0;
}

static struct flock bytes_of(short kind, int64_t start, int64_t length) {
  return (struct flock){.l_type = kind, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

int clinux_lock_bytes(int descriptor, int kind, int64_t start, int64_t length) {
  static const short kinds[] = {F_UNLCK, F_RDLCK, F_WRLCK};
  struct flock lock = bytes_of(kinds[kind], start, length);
  if (fcntl(descriptor, F_OFD_SETLK, &lock) < 0)
    return errno == EAGAIN || errno == EACCES ? 0 : -errno;
  return 1;
}

int clinux_lock_in_the_way(int descriptor, int is_exclusive, int64_t start, int64_t length,
                           int32_t *process) {
  struct flock lock = bytes_of(is_exclusive ? F_WRLCK : F_RDLCK, start, length);
  if (fcntl(descriptor, F_OFD_GETLK, &lock) < 0) return -errno;
  *process = lock.l_pid;
  return lock.l_type != F_UNLCK;
}
