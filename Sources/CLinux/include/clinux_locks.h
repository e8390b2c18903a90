#ifndef CLINUX_LOCKS_H
#define CLINUX_LOCKS_H

#include <stdint.h>

/// flock(2): shared or exclusive, waiting for it or not (then EWOULDBLOCK).
int clinux_lock(int descriptor, int is_exclusive, int waits);

/// fcntl(2), F_SETLEASE with F_RDLCK: 1 when it is held, 0 when somebody has the file open for
/// writing or mapped so. `descriptor` is open for reading only. Breaking it raises no signal that
/// would end us.
int clinux_begin_read_lease(int descriptor);
/// F_GETLEASE: 1 as long as nobody wants to write.
int clinux_has_read_lease(int descriptor);
/// F_SETLEASE with F_UNLCK.
int clinux_end_lease(int descriptor);

/// fcntl(2), F_OFD_SETLK: `kind` is 0 to unlock, 1 for a shared lock, 2 for an exclusive one. 1 when
/// it is done, 0 when another lock is in the way.
int clinux_lock_bytes(int descriptor, int kind, int64_t start, int64_t length);
/// fcntl(2), F_OFD_GETLK: 1 when a lock of others is in the way, and `process` its process, or -1
/// when it belongs to an open file; 0 when there is none.
int clinux_lock_in_the_way(int descriptor, int is_exclusive, int64_t start, int64_t length,
                           int32_t *process);

#endif
