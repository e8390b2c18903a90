#include "clinux_processes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int clinux_writable(int directory, const char *name, uint32_t *mode, uint64_t *device,
                    uint64_t *inode, uint64_t *special) {
  struct stat link;
  if (fstatat(directory, name, &link, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
  if ((link.st_mode & S_IWUSR) == 0) return 0;
  struct statx file;
  // A server of a network or user-space file system may be among those that are held.
  if (statx(directory, name, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &file) < 0)
    return -errno;
  *mode = file.stx_mode;
  *device = makedev(file.stx_dev_major, file.stx_dev_minor);
  *inode = file.stx_ino;
  *special = makedev(file.stx_rdev_major, file.stx_rdev_minor);
  return 1;
}

int clinux_is_overlay(int directory, const char *name) {
  // O_PATH opens nothing: it only takes hold of the name.
  int file = openat(directory, name, O_PATH | O_CLOEXEC);
  if (file < 0) return -errno;
  struct statfs found;
  int code = fstatfs(file, &found) < 0 ? -errno : found.f_type == 0x794c7630;
  close(file);
  return code;
}

// linux/fs.h has these since 6.11.
struct procmap_query {
  uint64_t size, query_flags, query_addr, vma_start, vma_end, vma_flags, vma_page_size, vma_offset,
      inode;
  uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
  uint64_t vma_name_addr, build_id_addr;
};
#define PROCMAP_QUERY_IOCTL _IOWR('f', 17, struct procmap_query)
enum { VMA_WRITABLE = 0x02, VMA_SHARED = 0x08, COVERING_OR_NEXT = 0x10, FILE_BACKED = 0x20 };

int clinux_next_shared_mapping(int maps, uint64_t start, struct clinux_mapping *mapping) {
  struct procmap_query query = {
      .size = sizeof query,
      .query_flags = VMA_SHARED | COVERING_OR_NEXT | FILE_BACKED,
      .query_addr = start,
  };
  if (ioctl(maps, PROCMAP_QUERY_IOCTL, &query) < 0) return errno == ENOENT ? 0 : -errno;
  *mapping = (struct clinux_mapping){
      .start = query.vma_start,
      .end = query.vma_end,
      .device = makedev(query.dev_major, query.dev_minor),
      .inode = query.inode,
      .is_writable = (query.vma_flags & VMA_WRITABLE) != 0,
  };
  return 1;
}
