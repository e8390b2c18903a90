#ifndef CLINUX_LOCKS_H
#define CLINUX_LOCKS_H

/// flock(2): shared or exclusive, waiting for it or not (then EWOULDBLOCK).
int clinux_lock(int descriptor, int is_exclusive, int waits);

#endif
