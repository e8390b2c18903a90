#include "clinux_reading.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

const int64_t CLINUX_BTRFS_MAGIC = BTRFS_SUPER_MAGIC;
const int64_t CLINUX_EXT_MAGIC = EXT4_SUPER_MAGIC;
const int64_t CLINUX_TMPFS_MAGIC = TMPFS_MAGIC;
const int64_t CLINUX_XFS_MAGIC = XFS_SUPER_MAGIC;

// Linux 6.13; the same number on every architecture.
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#endif

struct attribute_arguments {
  uint64_t value __attribute__((aligned(8)));
  uint32_t size;
  uint32_t flags;
};

int clinux_open_reading(int directory, const char *name, int is_directory) {
  int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (is_directory) flags |= O_DIRECTORY;
  int descriptor = openat(directory, name, flags | O_NOATIME);
  // Only the owner and root may ask for O_NOATIME.
  if (descriptor < 0 && errno == EPERM) descriptor = openat(directory, name, flags);
  return descriptor < 0 ? -errno : descriptor;
}

long clinux_getdents(int descriptor, void *buffer, size_t size) {
  long result = syscall(SYS_getdents64, descriptor, buffer, size);
  return result < 0 ? -errno : result;
}

void clinux_directory_record(const void *bytes, uint16_t *length, uint64_t *inode, uint8_t *type,
                             uint16_t *name) {
  const struct dirent64 *record = bytes;
  *length = record->d_reclen;
  *inode = record->d_ino;
  *type = record->d_type;
  *name = offsetof(struct dirent64, d_name);
}

// Whether the kernel has the xattr calls relative to a descriptor.
static atomic_bool lacks_at_calls = false;

static const char *path_by_descriptor(int directory, const char *name, char *path, size_t size) {
  int length = snprintf(path, size, "/proc/self/fd/%d/%s", directory, name);
  return length < 0 || (size_t)length >= size ? NULL : path;
}

long clinux_list_attributes(int directory, const char *name, char *list, size_t size) {
  ssize_t result;
  if (!name) {
    result = flistxattr(directory, list, size);
    return result < 0 ? -errno : result;
  }
  if (!atomic_load_explicit(&lacks_at_calls, memory_order_relaxed)) {
    result = syscall(SYS_listxattrat, directory, name, AT_SYMLINK_NOFOLLOW, list, size);
    if (result >= 0) return result;
    if (errno != ENOSYS) return -errno;
    atomic_store_explicit(&lacks_at_calls, true, memory_order_relaxed);
  }
  char path[512];
  if (!path_by_descriptor(directory, name, path, sizeof path)) return -ENAMETOOLONG;
  result = llistxattr(path, list, size);
  return result < 0 ? -errno : result;
}

long clinux_get_attribute(int directory, const char *name, const char *attribute, void *value,
                             size_t size) {
  ssize_t result;
  if (!name) {
    result = fgetxattr(directory, attribute, value, size);
    return result < 0 ? -errno : result;
  }
  if (!atomic_load_explicit(&lacks_at_calls, memory_order_relaxed)) {
    struct attribute_arguments arguments = {.value = (uintptr_t)value, .size = size, .flags = 0};
    result = syscall(SYS_getxattrat, directory, name, AT_SYMLINK_NOFOLLOW, attribute, &arguments,
                     sizeof arguments);
    if (result >= 0) return result;
    if (errno != ENOSYS) return -errno;
    atomic_store_explicit(&lacks_at_calls, true, memory_order_relaxed);
  }
  char path[512];
  if (!path_by_descriptor(directory, name, path, sizeof path)) return -ENAMETOOLONG;
  result = lgetxattr(path, attribute, value, size);
  return result < 0 ? -errno : result;
}

int64_t clinux_seek_data(int descriptor, int64_t offset) {
  off_t result = lseek(descriptor, offset, SEEK_DATA);
  return result < 0 ? -errno : result;
}

int64_t clinux_seek_hole(int descriptor, int64_t offset) {
  off_t result = lseek(descriptor, offset, SEEK_HOLE);
  return result < 0 ? -errno : result;
}

int clinux_begin_write_out(int descriptor, int64_t offset, int64_t length) {
  return sync_file_range(descriptor, offset, length, SYNC_FILE_RANGE_WRITE) < 0 ? -errno : 0;
}

int clinux_write_out(int descriptor) {
  unsigned flags =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  return sync_file_range(descriptor, 0, 0, flags) < 0 ? -errno : 0;
}

int clinux_has_writers(int descriptor) {
  // Who opens it for writing in this instant waits; the signal for that must not end us.
  if (fcntl(descriptor, F_SETSIG, SIGURG) < 0) return -errno;
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) < 0) return errno == EAGAIN ? 1 : -errno;
  return fcntl(descriptor, F_SETLEASE, F_UNLCK) < 0 ? -errno : 0;
}

int64_t clinux_filesystem_type(int descriptor) {
  struct statfs found;
  return fstatfs(descriptor, &found) < 0 ? -errno : (int64_t)(uint32_t)found.f_type;
}

int64_t clinux_raise_descriptor_limit(int64_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  if (limit.rlim_cur < (rlim_t)wanted && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max < (rlim_t)wanted ? limit.rlim_max : (rlim_t)wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  }
  return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int clinux_set_descriptor_limit(int64_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  limit.rlim_cur = wanted == INT64_MAX ? RLIM_INFINITY : (rlim_t)wanted;
  return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}
