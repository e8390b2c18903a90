#include "clinux_locks.h"

#include <errno.h>
#include <sys/file.h>

int clinux_lock(int descriptor, int is_exclusive, int waits) {
  int operation = (is_exclusive ? LOCK_EX : LOCK_SH) | (waits ? 0 : LOCK_NB);
  return flock(descriptor, operation) < 0 ? -errno : 0;
}
