#ifndef CLINUX_FILES_H
#define CLINUX_FILES_H

#include <stddef.h>
#include <stdint.h>

extern const int CLINUX_O_PATH;
extern const int CLINUX_O_NOATIME;
extern const int CLINUX_O_TMPFILE;
extern const int CLINUX_AT_EMPTY_PATH;

/// What statx(2) says of a file, without padding.
struct clinux_metadata {
  uint32_t mode, uid, gid, links;
  uint64_t inode, size, blocks, device, special_device;
  int64_t mtime_seconds, atime_seconds, ctime_seconds;
  uint32_t mtime_nanoseconds, atime_nanoseconds, ctime_nanoseconds;
  uint64_t mount_id;
  uint64_t attributes;
};

/// statx(2) of `path` below `directory`; `flags` are AT_ flags.
int clinux_statx(int directory, const char *path, int flags, struct clinux_metadata *result);

/// syncfs(2).
int clinux_syncfs(int descriptor);

/// renameat2(2) with RENAME_NOREPLACE, else link(2) and unlink(2).
int clinux_rename_new(const char *old_path, const char *new_path);

#endif
