#include "clinux_changes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

int clinux_fsetxattr(int descriptor, const char *name, const void *value, size_t size) {
  return fsetxattr(descriptor, name, value, size, 0) < 0 ? -errno : 0;
}

int clinux_lsetxattr(const char *path, const char *name, const void *value, size_t size) {
  return lsetxattr(path, name, value, size, 0) < 0 ? -errno : 0;
}

int clinux_fremovexattr(int descriptor, const char *name) {
  return fremovexattr(descriptor, name) < 0 ? -errno : 0;
}

int clinux_lremovexattr(const char *path, const char *name) {
  return lremovexattr(path, name) < 0 ? -errno : 0;
}

int clinux_punch_hole(int descriptor, int64_t offset, int64_t size) {
  int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  return fallocate(descriptor, mode, offset, size) < 0 ? -errno : 0;
}

int clinux_chmod_nofollow(int directory, const char *name, uint32_t mode) {
  return fchmodat(directory, name, mode, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}
