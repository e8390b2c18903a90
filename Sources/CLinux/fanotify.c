#include "clinux_fanotify.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/fanotify.h>
#include <unistd.h>

const uint64_t CLINUX_FANOTIFY_MODIFY = FAN_MODIFY;
const uint64_t CLINUX_FANOTIFY_OVERFLOW = FAN_Q_OVERFLOW;

static int result(int value) { return value < 0 ? -errno : value; }

// How the descriptors that come with events are opened.
static const unsigned int event_flags = O_RDONLY | O_NONBLOCK | O_NOATIME | O_LARGEFILE | O_CLOEXEC;

int clinux_fanotify_watch(void) {
  return result(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_MARKS,
                              event_flags));
}

int clinux_fanotify_gate(void) {
  return result(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
                                  FAN_UNLIMITED_MARKS | FAN_REPORT_TID,
                              event_flags));
}

int clinux_fanotify_name_watch(void) {
  return result(fanotify_init(
      FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_MARKS, 0));
}

int clinux_fanotify_mark_names(int group, int directory) {
  return result(fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
                              FAN_CREATE | FAN_DELETE | FAN_MOVE | FAN_ATTRIB | FAN_MODIFY |
                                  FAN_ONDIR,
                              directory, NULL));
}

int clinux_fanotify_mark_changes(int group, int directory) {
  return result(fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
                              FAN_MODIFY | FAN_CLOSE_WRITE, directory, NULL));
}

int clinux_fanotify_mark_opens(int group, int directory) {
  return result(
      fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, directory, NULL));
}

int clinux_fanotify_unmark(int group) {
  return result(fanotify_mark(group, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, AT_FDCWD, NULL));
}

int clinux_fanotify_allow(int group, int descriptor) {
  struct fanotify_response response = {.fd = descriptor, .response = FAN_ALLOW};
  return write(group, &response, sizeof response) < 0 ? -errno : 0;
}
