#include "clinux_confined.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The child of a program with several threads: between clone and execve only system calls.

static int write_text(const char *path, const char *text, size_t length) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  int is_written = write(file, text, length) == (ssize_t)length;
  close(file);
  return is_written ? 0 : -1;
}

// "ID ID 1": the same number inside as outside.
static int map_identity(const char *path, uint32_t number) {
  char text[32], digits[10];
  size_t count = 0, length = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  for (int copy = 0; copy < 2; copy++) {
    for (size_t index = count; index > 0; index--) text[length++] = digits[index - 1];
    text[length++] = ' ';
  }
  text[length++] = '1';
  return write_text(path, text, length);
}

static int enter_user_namespace(uint32_t user, uint32_t group) {
  if (map_identity("/proc/self/uid_map", user) < 0) return -1;
  if (write_text("/proc/self/setgroups", "deny", 4) < 0) return -1;
  return map_identity("/proc/self/gid_map", group);
}

static int make_all_read_only_but(const char *folder) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return -1;
  // In the other one are processes outside, and with them the roots that they can write to.
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) return -1;
  int kept = open_tree(AT_FDCWD, folder, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (kept < 0) return -1;
  if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof attributes) < 0) return -1;
  if (move_mount(kept, "", AT_FDCWD, folder, MOVE_MOUNT_F_EMPTY_PATH) < 0) return -1;
  close(kept);
  return chdir(folder);
}

static int drop_rights(const struct clinux_confinement *confinement) {
  if (confinement->changes_user) {
    if (syscall(SYS_setgroups, 0, NULL) < 0) return -1;
    if (syscall(SYS_setresgid, confinement->group, confinement->group, confinement->group) < 0)
      return -1;
    if (syscall(SYS_setresuid, confinement->user, confinement->user, confinement->user) < 0)
      return -1;
  }
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int reset_signals(void) {
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < 32; number++)
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  return sigprocmask(SIG_SETMASK, &none, NULL);
}

// Whether the other end is still held.
static int is_held(int pipe) {
  struct pollfd polled = {.fd = pipe};
  if (poll(&polled, 1, 0) >= 0 && !(polled.revents & (POLLHUP | POLLERR))) return 1;
  errno = ESRCH;
  return 0;
}

// Never returns. What fails is written to `report`; `word` ends when the parent is gone.
static void become(const char *program, char *const arguments[], char *const environment[],
                   const struct clinux_confinement *confinement, uint32_t user, uint32_t group,
                   int report, int word) {
  char byte;
  if (read(word, &byte, 1) == 1 &&
      (!confinement->is_ordinary || enter_user_namespace(user, group) == 0) && setsid() >= 0 &&
      make_all_read_only_but(confinement->folder) == 0 && drop_rights(confinement) == 0 &&
      // A change of user takes it back.
      prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && is_held(word) && reset_signals() == 0 &&
      dup2(confinement->input, 0) >= 0 && dup2(confinement->output, 1) >= 0 && dup2(1, 2) >= 0 &&
      // All others are closed by execve.
      syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) == 0)
    execve(program, arguments, environment);
  int code = errno;
  if (write(report, &code, sizeof code) < 0) _exit(126);
  _exit(127);
}

int clinux_spawn_confined(const char *program, char *const arguments[], char *const environment[],
                          const struct clinux_confinement *confinement) {
  unsigned long flags = SIGCHLD | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID;
  uint32_t user = geteuid(), group = getegid();
  int report[2], word[2], code = 0;
  if (pipe2(report, O_CLOEXEC) < 0) return -errno;
  if (pipe2(word, O_CLOEXEC) < 0) {
    code = errno;
    close(report[0]);
    close(report[1]);
    return -code;
  }
  if (confinement->is_ordinary) flags |= CLONE_NEWUSER;
  int process = (int)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
  if (process == 0) {
    close(word[1]);
    become(program, arguments, environment, confinement, user, group, report[1], word[0]);
  }
  code = process < 0 ? errno : 0;
  close(report[1]);
  close(word[0]);
  if (process > 0 && write(word[1], "", 1) == 1 && read(report[0], &code, sizeof code) < 0)
    code = errno;
  close(report[0]);
  close(word[1]);
  if (process > 0 && code != 0) waitpid(process, NULL, 0);
  return code != 0 ? -code : process;
}
