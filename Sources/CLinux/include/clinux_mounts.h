#ifndef CLINUX_MOUNTS_H
#define CLINUX_MOUNTS_H

#include <stdint.h>

/// makedev(3).
uint64_t clinux_device(uint32_t major, uint32_t minor);

/// Begins a mount that nobody sees: fsopen(2).
int clinux_fsopen(const char *type);

/// fsconfig(2), FSCONFIG_SET_STRING.
int clinux_fsconfig_string(int context, const char *key, const char *value);

/// fsconfig(2), FSCONFIG_SET_FLAG.
int clinux_fsconfig_flag(int context, const char *key);

/// fsconfig(2), FSCONFIG_CMD_CREATE.
int clinux_fsconfig_create(int context);

/// fsmount(2), close on exec; without access times, and read-only when asked for.
int clinux_fsmount(int context, int is_read_only);

/// open_tree(2) of what `descriptor` is open on, as a mount of its own, without mounts below.
int clinux_clone_mount(int descriptor);

/// mount_setattr(2): read-only and without access times.
int clinux_make_mount_read_only(int mount);

/// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV; `flags` are O_ flags,
/// close on exec is added.
int clinux_open_beneath(int directory, const char *path, uint64_t flags);

#endif
