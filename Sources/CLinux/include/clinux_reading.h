#ifndef CLINUX_READING_H
#define CLINUX_READING_H

#include <stddef.h>
#include <stdint.h>

/// f_type of file systems, as clinux_filesystem_type returns it; ext is ext2, ext3 and ext4.
extern const int64_t CLINUX_BTRFS_MAGIC;
extern const int64_t CLINUX_EXT_MAGIC;
extern const int64_t CLINUX_TMPFS_MAGIC;
extern const int64_t CLINUX_XFS_MAGIC;

/// openat(2) for reading, without following a link, without blocking and, where that is allowed,
/// without changing the access time.
int clinux_open_reading(int directory, const char *name, int is_directory);

/// getdents64(2).
long clinux_getdents(int descriptor, void *buffer, size_t size);

/// The length of the first record of `bytes`, its inode, its type and where its name begins.
void clinux_directory_record(const void *bytes, uint16_t *length, uint64_t *inode, uint8_t *type,
                             uint16_t *name);

/// listxattrat(2) of `name` below `directory`, or of `directory` itself when `name` is NULL.
long clinux_list_attributes(int directory, const char *name, char *list, size_t size);

/// getxattrat(2) of `name` below `directory`, or of `directory` itself when `name` is NULL.
long clinux_get_attribute(int directory, const char *name, const char *attribute, void *value,
                             size_t size);

/// lseek(2) to the next data or the next hole.
int64_t clinux_seek_data(int descriptor, int64_t offset);
int64_t clinux_seek_hole(int descriptor, int64_t offset);

/// sync_file_range: begins to write out dirty pages of a range, without waiting for them.
int clinux_begin_write_out(int descriptor, int64_t offset, int64_t length);

/// sync_file_range(2) of the whole file: writes its pages out and waits, without its metadata.
int clinux_write_out(int descriptor);

/// 1 when somebody has the file open for writing or mapped so, 0 when nobody has; tried with a
/// lease, see fcntl(2). `descriptor` is open for reading only.
int clinux_has_writers(int descriptor);

/// f_type of fstatfs(2).
int64_t clinux_filesystem_type(int descriptor);

/// Raises the soft limit of open descriptors to `wanted` or the hard limit; returns what it is.
int64_t clinux_raise_descriptor_limit(int64_t wanted);

/// Sets the soft limit of open descriptors, which may be less than are open; 0 or -errno.
int clinux_set_descriptor_limit(int64_t limit);

#endif
