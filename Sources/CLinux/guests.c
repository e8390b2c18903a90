#include "clinux_guests.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static int result(long value) { return value < 0 ? -errno : (int)value; }

int clinux_clone_tree(int directory, const char *path, int is_whole) {
  unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
                       AT_SYMLINK_NOFOLLOW | (is_whole ? AT_RECURSIVE : 0);
  return result(open_tree(directory, path, flags));
}

int clinux_attach_mount(int mount, const char *path) {
  return result(move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
}

int clinux_mount_restrictions(int place) {
  struct statvfs found;
  if (fstatvfs(place, &found) < 0) return -errno;
  return (found.f_flag & ST_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
         (found.f_flag & ST_NODEV ? MOUNT_ATTR_NODEV : 0) |
         (found.f_flag & ST_NOEXEC ? MOUNT_ATTR_NOEXEC : 0);
}

int clinux_restrict_mount(int mount, int restrictions) {
  struct mount_attr attributes = {
      .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME | (unsigned int)restrictions,
      .attr_clr = MOUNT_ATTR__ATIME,
  };
  return result(mount_setattr(mount, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)));
}

int clinux_unshare_mounts(void) { return result(unshare(CLONE_NEWNS)); }

int clinux_isolate_mounts(void) { return result(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)); }

int clinux_change_root(int mount) {
  if (fchdir(mount) < 0) return -errno;
  if (syscall(SYS_pivot_root, ".", ".") < 0) return -errno;
  // The old root lies over the new one now.
  if (umount2(".", MNT_DETACH) < 0) return -errno;
  return result(chdir("/"));
}

int clinux_detach_mount(int mount) {
  if (fchdir(mount) < 0) return -errno;
  if (umount2(".", MNT_DETACH) < 0) return -errno;
  return result(chdir("/"));
}

int clinux_end_with_parent(void) { return result(prctl(PR_SET_PDEATHSIG, SIGKILL)); }

int clinux_pidfd_signal(int descriptor, int signal) {
  return result(syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0));
}

int clinux_take_signals(void) {
  static const int taken[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
  sigset_t set;
  sigemptyset(&set);
  for (size_t index = 0; index < sizeof taken / sizeof *taken; index++)
    sigaddset(&set, taken[index]);
  if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
  return result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int clinux_next_signal(int descriptor, int *is_sent) {
  struct signalfd_siginfo information;
  if (read(descriptor, &information, sizeof information) != sizeof information) return 0;
  *is_sent = information.ssi_code <= 0;
  return (int)information.ssi_signo;
}

int clinux_spawn_guest(const char *program, char *const arguments[], const int passed[],
                       int count, uint64_t blocked) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t mask, defaults;
  pid_t process;
  sigemptyset(&mask);
  for (int number = 1; number <= 64; number++)
    if (blocked >> (number - 1) & 1) sigaddset(&mask, number);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGHUP);
  sigaddset(&defaults, SIGPIPE);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  // A descriptor that is duplicated to itself stays open across exec.
  for (int index = 0; index < count; index++)
    posix_spawn_file_actions_adddup2(&actions, passed[index], passed[index]);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int code = posix_spawn(&process, program, &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code != 0 ? -code : process;
}
