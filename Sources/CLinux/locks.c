#include "clinux_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

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
