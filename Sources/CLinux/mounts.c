#include "clinux_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

uint64_t clinux_device(uint32_t major, uint32_t minor) { return makedev(major, minor); }

int clinux_fsopen(const char *type) {
  int context = fsopen(type, FSOPEN_CLOEXEC);
  return context < 0 ? -errno : context;
}

int clinux_fsconfig_string(int context, const char *key, const char *value) {
  return fsconfig(context, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

int clinux_fsconfig_flag(int context, const char *key) {
  return fsconfig(context, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ? -errno : 0;
}

int clinux_fsconfig_create(int context) {
  return fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno : 0;
}

int clinux_fsmount(int context, int is_read_only) {
  unsigned int attributes = MOUNT_ATTR_NOATIME | (is_read_only ? MOUNT_ATTR_RDONLY : 0);
  int mount = fsmount(context, FSMOUNT_CLOEXEC, attributes);
  return mount < 0 ? -errno : mount;
}

int clinux_clone_mount(int descriptor) {
  int mount = open_tree(descriptor, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  return mount < 0 ? -errno : mount;
}

int clinux_make_mount_read_only(int mount) {
  struct mount_attr attributes = {
      .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME,
      .attr_clr = MOUNT_ATTR__ATIME,
  };
  return mount_setattr(mount, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0 ? -errno : 0;
}

int clinux_open_beneath(int directory, const char *path, uint64_t flags) {
  struct open_how how = {
      .flags = flags | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
  };
  int descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
  return descriptor < 0 ? -errno : descriptor;
}
