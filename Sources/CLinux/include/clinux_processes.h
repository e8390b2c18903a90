#ifndef CLINUX_PROCESSES_H
#define CLINUX_PROCESSES_H

#include <stddef.h>
#include <stdint.h>

/// PTRACE_SEIZE with clone, fork, vfork and exec reported; EINTR when it took too long, which
/// needs the timer of clinux_begin_seizing. For one thread.
int clinux_ptrace_seize(int thread);
/// setitimer(2): from now on seizing gives up after 20 ms at most. Uses SIGALRM.
int clinux_begin_seizing(void);
/// setitimer(2): no longer.
int clinux_end_seizing(void);
/// timer_settime(2): SIGKILL for this process after that time; 0 for never.
int clinux_die_in(int64_t nanoseconds);
/// PTRACE_INTERRUPT.
int clinux_ptrace_interrupt(int thread);
/// PTRACE_DETACH, delivering `signal` unless it is 0.
int clinux_ptrace_detach(int thread, int signal);
/// PTRACE_GETEVENTMSG.
int clinux_ptrace_event_message(int thread, unsigned long *message);

enum clinux_stop_kind {
  CLINUX_ENDED = 0,   // the thread is gone
  CLINUX_TRAPPED = 1, // stopped by PTRACE_INTERRUPT, or in a group stop
  CLINUX_SIGNAL = 2,  // stopped before `signal` is delivered
  CLINUX_CLONED = 3,  // stopped after it made a thread or process
  CLINUX_EXECUTED = 4 // stopped after execve; all other threads are gone
};

/// What became of a traced thread.
struct clinux_stop {
  int thread;
  int kind;
  int signal;
};

/// waitpid(2) of any thread, without blocking; 1 when there was news, 0 when there was none.
int clinux_next_stop(struct clinux_stop *stop);

/// waitpid(2) of `process`; its exit status, or 128 and the signal that ended it.
int clinux_wait(int process);

/// kcmp(2) of the tables of open files: 0 when both threads share one.
int clinux_compare_files(int first, int second);

int clinux_pidfd_open(int process);
int clinux_pidfd_kill(int descriptor);

/// signalfd(2) of SIGCHLD, which is blocked. SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1,
/// SIGUSR2, SIGTSTP, SIGTTIN and SIGTTOU are ignored.
int clinux_begin_keeping(void);
/// Reads and forgets what a signalfd has.
void clinux_drain(int descriptor);

/// posix_spawn(3) in a session of its own, with standard streams on /dev/null, `passed` as
/// descriptor 3, and nothing else open. Returns the process.
int clinux_spawn_keeper(const char *program, char *const arguments[], int passed);

/// Runs before others: real-time if allowed, else at nice -20 if allowed.
int clinux_hurry(void);

/// sched_setscheduler(2): real-time for this thread, if allowed, until the other one; not for those
/// that it starts.
int clinux_begin_urgency(void);
int clinux_end_urgency(void);

/// Whether the file behind the link `name` of a `/proc/PID/fd` is open for writing: 1 or 0.
/// With 1, `mode`, `device`, `inode` and `special` are those of the file; no server is asked.
int clinux_writable(int directory, const char *name, uint32_t *mode, uint64_t *device,
                    uint64_t *inode, uint64_t *special);

/// Whether the file behind the link `name` is on an overlay: 1 or 0.
int clinux_is_overlay(int directory, const char *name);

/// A mapping that is shared and of a file.
struct clinux_mapping {
  uint64_t start, end, device, inode;
  int is_writable;
};

/// PROCMAP_QUERY: the first shared mapping of a file at or above `start`; 1 or 0.
int clinux_next_shared_mapping(int maps, uint64_t start, struct clinux_mapping *mapping);

/// Whether this system call can last long and changes no file: 1 or 0.
int clinux_cannot_write(long number);
/// Whether this system call opens a file: 1 or 0; 1 for a few others too.
int clinux_opens(long number);

#endif
