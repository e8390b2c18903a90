#ifndef CLINUX_FANOTIFY_H
#define CLINUX_FANOTIFY_H

#include <stdint.h>

/// fanotify_init(2) of a group that hears of changes; it never blocks.
int clinux_fanotify_watch(void);
/// fanotify_init(2) of a group that decides about opens and is told the thread; it never blocks.
int clinux_fanotify_gate(void);
/// fanotify_init(2) of a group that is told file handles instead of descriptors; it never blocks.
int clinux_fanotify_name_watch(void);
/// fanotify_mark(2) of the file system of `directory`: names, attributes and sizes.
int clinux_fanotify_mark_names(int group, int directory);
/// fanotify_mark(2) of the file system of `directory`: FAN_MODIFY and FAN_CLOSE_WRITE.
int clinux_fanotify_mark_changes(int group, int directory);
/// fanotify_mark(2) of the file system of `directory`: FAN_OPEN_PERM.
int clinux_fanotify_mark_opens(int group, int directory);
/// fanotify_mark(2) with FAN_MARK_FLUSH: no file system is marked any more.
int clinux_fanotify_unmark(int group);
/// Answers the question about `descriptor` with yes.
int clinux_fanotify_allow(int group, int descriptor);

extern const uint64_t CLINUX_FANOTIFY_MODIFY;
extern const uint64_t CLINUX_FANOTIFY_OVERFLOW;

#endif
