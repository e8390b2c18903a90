#ifndef CLINUX_LOCKS_H
#define CLINUX_LOCKS_H

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

#endif
