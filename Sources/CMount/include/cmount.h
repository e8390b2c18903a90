#pragma once
// A read-only file system that somebody else answers for, through libfuse.
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What is known of a file: everything that stat shows.
struct mount_node {
  uint64_t inode;
  /// Type and permissions, as stat has them.
  uint32_t mode;
  uint32_t user, group, links;
  uint64_t size;
  /// Of a device node, as stat has it.
  uint64_t device;
  /// In units of 512 bytes.
  uint64_t blocks;
  int64_t accessed, modified, changed;
  uint32_t accessed_ns, modified_ns, changed_ns;
  /// For how long the kernel may remember it, in seconds.
  double valid;
};

/// A buffer for a listing's entries.
struct mount_listing;

/// Adds an entry whose successor is asked for with `next`; 0 when there is no room for it.
int mount_add(struct mount_listing *listing, const char *name, const struct mount_node *node,
              uint64_t next);

/// Who answers. All return 0 or more, or a negative errno; any thread calls them.
struct mount_answers {
  int (*lookup)(void *context, uint64_t parent, const char *name, struct mount_node *node);
  int (*attributes)(void *context, uint64_t inode, struct mount_node *node);
  /// The target goes into `target`, at most `size` bytes; returns its length.
  int (*link)(void *context, uint64_t inode, char *target, size_t size);
  int (*list)(void *context, uint64_t inode, uint64_t from, struct mount_listing *listing);
  /// Returns a handle for `read`.
  int64_t (*open)(void *context, uint64_t inode);
  ssize_t (*read)(void *context, int64_t handle, uint64_t offset, char *bytes, size_t size);
  /// The next byte from `offset` on that is data (or a hole, when `hole` is not 0).
  int64_t (*seek)(void *context, int64_t handle, uint64_t offset, int hole);
  void (*close)(void *context, int64_t handle);
  /// The value, or with an empty name the names, each with a zero behind it; returns the length,
  /// also when `size` is 0.
  ssize_t (*attribute)(void *context, uint64_t inode, const char *name, char *value, size_t size);
};

struct mount_session;

/// Mounts at `path` and makes a session; 0, or a negative errno.
///
/// `options` are libfuse's, separated by commas. `answers` and `context` must outlive the session.
int mount_begin(const char *path, const char *options, const struct mount_answers *answers,
                void *context, struct mount_session **session);

/// Answers requests until the file system is unmounted or `mount_end` was called: 0 then, else a
/// negative errno. Several threads may serve one session.
int mount_serve(struct mount_session *session);

/// Unmounts, even if files are in use, and makes every `mount_serve` return.
void mount_end(struct mount_session *session);

/// Frees the session, once nobody serves it any more.
void mount_free(struct mount_session *session);
