#ifndef CLINUX_CHANGES_H
#define CLINUX_CHANGES_H

#include <stddef.h>
#include <stdint.h>

/// fsetxattr(2).
int clinux_fsetxattr(int descriptor, const char *name, const void *value, size_t size);
/// lsetxattr(2): a link in the last component is not followed.
int clinux_lsetxattr(const char *path, const char *name, const void *value, size_t size);
/// fremovexattr(2).
int clinux_fremovexattr(int descriptor, const char *name);
/// lremovexattr(2).
int clinux_lremovexattr(const char *path, const char *name);

/// fallocate(2): makes `size` bytes from `offset` a hole, without changing the file's size.
int clinux_punch_hole(int descriptor, int64_t offset, int64_t size);

/// fchmodat(2) without following a link in the last component.
int clinux_chmod_nofollow(int directory, const char *name, uint32_t mode);

#endif
