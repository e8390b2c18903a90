#ifndef CLINUX_GUESTS_H
#define CLINUX_GUESTS_H

#include <stdint.h>

/// open_tree(2), OPEN_TREE_CLONE: what stands at `path`, or in `directory` itself when that is
/// empty, as a mount of its own. A link at its end is not followed, and nothing is mounted
/// automatically. With `is_whole`, mounts below come along.
int clinux_clone_tree(int directory, const char *path, int is_whole);

/// move_mount(2): the mount whose top `mount` is open on goes over what is at `path`.
int clinux_attach_mount(int mount, const char *path);

/// statfs(2): the MOUNT_ATTR_ flags nosuid, nodev and noexec of the mount that `place` is on.
int clinux_mount_restrictions(int place);

/// mount_setattr(2): read-only, without access times, and restricted.
int clinux_restrict_mount(int mount, int restrictions);

/// unshare(2), CLONE_NEWNS.
int clinux_unshare_mounts(void);

/// mount(2), MS_REC | MS_PRIVATE on the root: no mount goes out or comes in.
int clinux_isolate_mounts(void);

/// fchdir(2), pivot_root(2) and umount2(2): the mount whose top `mount` is open on, attached over
/// the root, becomes the root, and the old one goes away.
int clinux_change_root(int mount);

/// fchdir(2) and umount2(2), MNT_DETACH: the mount whose top `mount` is open on goes away.
int clinux_detach_mount(int mount);

/// prctl(2), PR_SET_PDEATHSIG: SIGKILL when the thread that started us ends.
int clinux_end_with_parent(void);

/// pidfd_send_signal(2).
int clinux_pidfd_signal(int descriptor, int signal);

/// signalfd(2) of what can be passed on to another program, which is blocked: SIGHUP, SIGINT,
/// SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2.
int clinux_take_signals(void);

/// Reads one signal from a signalfd: its number, 0 when there is none. `is_sent` is 0 when it came
/// from the terminal, which then sent it to its whole foreground group.
int clinux_next_signal(int descriptor, int *is_sent);

/// posix_spawn(3) with `passed` open besides what is inherited, the signals of the mask `blocked`
/// blocked, SIGHUP and SIGPIPE at their default. Bit n - 1 is signal n. Returns the process.
int clinux_spawn_guest(const char *program, char *const arguments[], const int passed[],
                       int count, uint64_t blocked);

#endif
