#ifndef CLINUX_CONFINED_H
#define CLINUX_CONFINED_H

#include <stdint.h>

/// What a confined program gets.
struct clinux_confinement {
  /// Where it begins, and all that it can write to.
  const char *folder;
  /// Its standard input, and its standard output and error.
  int input, output;
  /// Whether it gets the user and group below, and no other groups.
  int changes_user;
  uint32_t user, group;
  /// Whether it needs a user namespace, since we have no rights over namespaces.
  int is_ordinary;
};

/// clone(2) and execve(2): the program sees all mounts read-only but `folder`, no network, none of
/// the System V objects of others, and is the first of its own processes: with it all end. It ends
/// by SIGKILL with the thread that called this. Nothing else is open in it. Returns the process.
int clinux_spawn_confined(const char *program, char *const arguments[], char *const environment[],
                          const struct clinux_confinement *confinement);

#endif
