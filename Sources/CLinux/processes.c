#include "clinux_processes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int result(long value) { return value < 0 ? -errno : (int)value; }

// Seizing waits for a process that is being replaced by execve, which in turn may wait for us to
// reap its other threads. A timer gets us out: the call would otherwise be restarted.
static sigjmp_buf escape;
static volatile sig_atomic_t is_seizing;

static void give_up_seizing(int number) {
  (void)number;
  if (!is_seizing) return;
  is_seizing = 0;
  siglongjmp(escape, 1);
}

int clinux_ptrace_seize(int thread) {
  long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
  if (sigsetjmp(escape, 1)) return -EINTR;
  is_seizing = 1;
  int value = result(ptrace(PTRACE_SEIZE, thread, 0, options));
  is_seizing = 0;
  return value;
}

int clinux_begin_seizing(void) {
  struct sigaction action = {.sa_handler = give_up_seizing};
  struct itimerval interval = {.it_interval = {.tv_usec = 20000}, .it_value = {.tv_usec = 20000}};
  if (sigaction(SIGALRM, &action, NULL) < 0) return -errno;
  return result(setitimer(ITIMER_REAL, &interval, NULL));
}

int clinux_end_seizing(void) {
  struct itimerval never = {.it_value = {.tv_sec = 0}};
  return result(setitimer(ITIMER_REAL, &never, NULL));
}

int clinux_die_in(int64_t nanoseconds) {
  static timer_t timer;
  static int has_timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
  if (!has_timer && timer_create(CLOCK_MONOTONIC, &event, &timer) < 0) return -errno;
  has_timer = 1;
  struct itimerspec end = {
      .it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
  return result(timer_settime(timer, 0, &end, NULL));
}

int clinux_ptrace_interrupt(int thread) { return result(ptrace(PTRACE_INTERRUPT, thread, 0, 0)); }

int clinux_ptrace_detach(int thread, int signal) {
  return result(ptrace(PTRACE_DETACH, thread, 0, (long)signal));
}

int clinux_ptrace_event_message(int thread, unsigned long *message) {
  return result(ptrace(PTRACE_GETEVENTMSG, thread, 0, message));
}

int clinux_next_stop(struct clinux_stop *stop) {
  int status;
  pid_t thread = waitpid(-1, &status, __WALL | WNOHANG);
  if (thread == 0 || (thread < 0 && errno == ECHILD)) return 0;
  if (thread < 0) return -errno;
  *stop = (struct clinux_stop){.thread = thread, .kind = CLINUX_ENDED, .signal = 0};
  if (!WIFSTOPPED(status)) return 1;
  switch (status >> 16) {
  case PTRACE_EVENT_CLONE:
  case PTRACE_EVENT_FORK:
  case PTRACE_EVENT_VFORK: stop->kind = CLINUX_CLONED; break;
  case PTRACE_EVENT_EXEC: stop->kind = CLINUX_EXECUTED; break;
  case 0:
    stop->kind = CLINUX_SIGNAL;
    stop->signal = WSTOPSIG(status);
    break;
  default: stop->kind = CLINUX_TRAPPED;
  }
  return 1;
}

int clinux_wait(int process) {
  int status;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int clinux_compare_files(int first, int second) {
  return result(syscall(SYS_kcmp, first, second, KCMP_FILES, 0, 0));
}

int clinux_pidfd_open(int process) { return result(syscall(SYS_pidfd_open, process, 0)); }

int clinux_pidfd_kill(int descriptor) {
  return result(syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, NULL, 0));
}

int clinux_begin_keeping(void) {
  static const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE,
                                SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU};
  for (size_t index = 0; index < sizeof ignored / sizeof *ignored; index++)
    signal(ignored[index], SIG_IGN);
  prctl(PR_SET_NAME, "stillpoint-keep");
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
  return result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

void clinux_drain(int descriptor) {
  struct signalfd_siginfo information[8];
  while (read(descriptor, information, sizeof information) > 0) {
  }
}

int clinux_spawn_keeper(const char *program, char *const arguments[], int passed) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  pid_t process;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, passed, 3);
  posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, 0, 1);
  posix_spawn_file_actions_adddup2(&actions, 0, 2);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int code = posix_spawn(&process, program, &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code != 0 ? -code : process;
}

int clinux_hurry(void) {
  struct sched_param parameter = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_RR, &parameter) == 0) return 0;
  return result(setpriority(PRIO_PROCESS, 0, -20));
}

int clinux_begin_urgency(void) {
  // A policy that somebody chose for us is left alone.
  if (sched_getscheduler(0) != SCHED_OTHER) return -EBUSY;
  struct sched_param parameter = {.sched_priority = 1};
  return result(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameter));
}

int clinux_end_urgency(void) {
  struct sched_param parameter = {.sched_priority = 0};
  return result(sched_setscheduler(0, SCHED_OTHER, &parameter));
}

int clinux_cannot_write(long number) {
  switch (number) {
  case SYS_fsync:
  case SYS_fdatasync:
  case SYS_sync:
  case SYS_syncfs:
  case SYS_msync:
  case SYS_clone:
  case SYS_clone3:
#ifdef SYS_vfork
  case SYS_vfork:
#endif
    return 1;
  default: return 0;
  }
}

int clinux_opens(long number) {
  switch (number) {
  case SYS_openat:
  case SYS_openat2:
  case SYS_open_by_handle_at:
#ifdef SYS_open
  case SYS_open:
  case SYS_creat:
#endif
#ifdef __x86_64__
  case 5:   // open, creat and openat of 32-bit programs
  case 8:
  case 295:
#endif
    return 1;
  default: return 0;
  }
}
