#include "clinux_clone.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int clinux_clone_file(int source, int target) {
  return ioctl(target, FICLONE, source) < 0 ? -errno : 0;
}

int clinux_match_copy_on_write(int source, int target) {
  unsigned int wanted, found;
  if (ioctl(source, FS_IOC_GETFLAGS, &wanted) < 0) return -errno;
  if (ioctl(target, FS_IOC_GETFLAGS, &found) < 0) return -errno;
  if (((wanted ^ found) & FS_NOCOW_FL) == 0) return 0;
  found ^= FS_NOCOW_FL;
  // Compression needs copying on write.
  if (found & FS_NOCOW_FL) found &= ~(unsigned int)FS_COMPR_FL;
  return ioctl(target, FS_IOC_SETFLAGS, &found) < 0 ? -errno : 1;
}

int clinux_memory_file(void) {
  int descriptor = memfd_create("stillpoint", MFD_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}
