#ifndef CLINUX_CLONE_H
#define CLINUX_CLONE_H

/// ioctl_ficlone(2): the content of `target` becomes that of `source`.
int clinux_clone_file(int source, int target);

/// FS_IOC_SETFLAGS: makes the empty file `target` copied on write as `source` is, or not; 1 when
/// that changed anything, 0 when it didn't.
int clinux_match_copy_on_write(int source, int target);

/// memfd_create(2), closed on execve.
int clinux_memory_file(void);

#endif
