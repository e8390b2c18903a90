#include "clinux_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const int CLINUX_O_PATH = O_PATH;
const int CLINUX_O_NOATIME = O_NOATIME;
const int CLINUX_O_TMPFILE = O_TMPFILE;
const int CLINUX_AT_EMPTY_PATH = AT_EMPTY_PATH;

int clinux_statx(int directory, const char *path, int flags, struct clinux_metadata *result) {
  struct statx found;
  if (statx(directory, path, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | 0x1000 /* MNT_ID */, &found) < 0)
    return -errno;
  *result = (struct clinux_metadata){
      .mode = found.stx_mode,
      .uid = found.stx_uid,
      .gid = found.stx_gid,
      .links = found.stx_nlink,
      .inode = found.stx_ino,
      .size = found.stx_size,
      .blocks = found.stx_blocks,
      .device = makedev(found.stx_dev_major, found.stx_dev_minor),
      .special_device = makedev(found.stx_rdev_major, found.stx_rdev_minor),
      .mtime_seconds = found.stx_mtime.tv_sec,
      .atime_seconds = found.stx_atime.tv_sec,
      .ctime_seconds = found.stx_ctime.tv_sec,
      .mtime_nanoseconds = found.stx_mtime.tv_nsec,
      .atime_nanoseconds = found.stx_atime.tv_nsec,
      .ctime_nanoseconds = found.stx_ctime.tv_nsec,
      .mount_id = found.stx_mnt_id,
      .attributes = found.stx_attributes,
  };
  return 0;
}

int clinux_syncfs(int descriptor) { return syncfs(descriptor) < 0 ? -errno : 0; }

int clinux_rename_new(const char *old_path, const char *new_path) {
  if (renameat2(AT_FDCWD, old_path, AT_FDCWD, new_path, RENAME_NOREPLACE) == 0) return 0;
  // Some network file systems can't; linking doesn't replace either.
  if (errno != EINVAL && errno != ENOSYS) return -errno;
  if (link(old_path, new_path) < 0) return -errno;
  return unlink(old_path) < 0 ? -errno : 0;
}
