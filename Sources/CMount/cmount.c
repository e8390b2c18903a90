#include "cmount.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUSE_USE_VERSION 31
#include <fuse_lowlevel.h>

struct mount_session {
  struct fuse_session *fuse;
  const struct mount_answers *answers;
  void *context;
};

struct mount_listing {
  fuse_req_t request;
  char *bytes;
  size_t size, used;
  int has_attributes;
};

static struct mount_session *session_of(fuse_req_t request) { return fuse_req_userdata(request); }

static struct fuse_entry_param entry_of(const struct mount_node *node) {
  struct fuse_entry_param entry;
  memset(&entry, 0, sizeof entry);
  entry.ino = node->inode;
  entry.attr_timeout = entry.entry_timeout = node->valid;
  entry.attr.st_ino = node->inode;
  entry.attr.st_mode = node->mode;
  entry.attr.st_uid = node->user;
  entry.attr.st_gid = node->group;
  entry.attr.st_nlink = node->links;
  entry.attr.st_rdev = node->device;
  entry.attr.st_size = (off_t)node->size;
  entry.attr.st_blocks = (blkcnt_t)node->blocks;
  entry.attr.st_blksize = 1 << 17;
  entry.attr.st_atim = (struct timespec){node->accessed, node->accessed_ns};
  entry.attr.st_mtim = (struct timespec){node->modified, node->modified_ns};
  entry.attr.st_ctim = (struct timespec){node->changed, node->changed_ns};
  return entry;
}

int mount_add(struct mount_listing *listing, const char *name, const struct mount_node *node,
              uint64_t next) {
  struct fuse_entry_param entry = entry_of(node);
  char *place = listing->bytes + listing->used;
  size_t room = listing->size - listing->used;
  size_t needed =
      listing->has_attributes
          ? fuse_add_direntry_plus(listing->request, place, room, name, &entry, (off_t)next)
          : fuse_add_direntry(listing->request, place, room, name, &entry.attr, (off_t)next);
  if (needed > room) return 0;
  listing->used += needed;
  return 1;
}

static void answer_init(void *userdata, struct fuse_conn_info *connection) {
  (void)userdata;
  connection->want |= connection->capable & (FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_CACHE_SYMLINKS);
  // Listings always bring the attributes: they are at hand, and asking for them costs more.
  connection->want |= connection->capable & FUSE_CAP_READDIRPLUS;
  connection->want &= ~(unsigned)FUSE_CAP_READDIRPLUS_AUTO;
}

static void answer_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
  struct mount_session *session = session_of(request);
  struct mount_node node;
  int result = session->answers->lookup(session->context, parent, name, &node);
  if (result < 0) {
    fuse_reply_err(request, -result);
    return;
  }
  struct fuse_entry_param entry = entry_of(&node);
  fuse_reply_entry(request, &entry);
}

static void answer_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  (void)file;
  struct mount_session *session = session_of(request);
  struct mount_node node;
  int result = session->answers->attributes(session->context, inode, &node);
  if (result < 0) {
    fuse_reply_err(request, -result);
    return;
  }
  struct fuse_entry_param entry = entry_of(&node);
  fuse_reply_attr(request, &entry.attr, entry.attr_timeout);
}

static void answer_readlink(fuse_req_t request, fuse_ino_t inode) {
  struct mount_session *session = session_of(request);
  char target[1 << 16];
  int length = session->answers->link(session->context, inode, target, sizeof target - 1);
  if (length < 0) {
    fuse_reply_err(request, -length);
    return;
  }
  target[length] = 0;
  fuse_reply_readlink(request, target);
}

static void list(fuse_req_t request, fuse_ino_t inode, size_t size, off_t from, int plus) {
  struct mount_session *session = session_of(request);
  struct mount_listing listing = {request, malloc(size), size, 0, plus};
  if (!listing.bytes) {
    fuse_reply_err(request, ENOMEM);
    return;
  }
  int result = session->answers->list(session->context, inode, (uint64_t)from, &listing);
  if (result < 0)
    fuse_reply_err(request, -result);
  else
    fuse_reply_buf(request, listing.bytes, listing.used);
  free(listing.bytes);
}

static void answer_readdir(fuse_req_t request, fuse_ino_t inode, size_t size, off_t from,
                           struct fuse_file_info *file) {
  (void)file;
  list(request, inode, size, from, 0);
}

static void answer_readdirplus(fuse_req_t request, fuse_ino_t inode, size_t size, off_t from,
                               struct fuse_file_info *file) {
  (void)file;
  list(request, inode, size, from, 1);
}

static void answer_opendir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  struct mount_session *session = session_of(request);
  struct mount_node node;
  int result = session->answers->attributes(session->context, inode, &node);
  if (result < 0) {
    fuse_reply_err(request, -result);
    return;
  }
  // What changes is listed anew.
  file->cache_readdir = file->keep_cache = node.valid > 60;
  fuse_reply_open(request, file);
}

static void answer_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  struct mount_session *session = session_of(request);
  int64_t handle = session->answers->open(session->context, inode);
  if (handle < 0) {
    fuse_reply_err(request, (int)-handle);
    return;
  }
  file->fh = (uint64_t)handle;
  file->keep_cache = 1;
  fuse_reply_open(request, file);
}

static void answer_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
                        struct fuse_file_info *file) {
  (void)inode;
  struct mount_session *session = session_of(request);
  char *bytes = malloc(size);
  if (!bytes) {
    fuse_reply_err(request, ENOMEM);
    return;
  }
  ssize_t length = session->answers->read(session->context, (int64_t)file->fh, (uint64_t)offset,
                                          bytes, size);
  if (length < 0)
    fuse_reply_err(request, (int)-length);
  else
    fuse_reply_buf(request, bytes, (size_t)length);
  free(bytes);
}

static void answer_lseek(fuse_req_t request, fuse_ino_t inode, off_t offset, int whence,
                         struct fuse_file_info *file) {
  (void)inode;
  struct mount_session *session = session_of(request);
  int64_t found = session->answers->seek(session->context, (int64_t)file->fh, (uint64_t)offset,
                                         whence == SEEK_HOLE);
  if (found < 0)
    fuse_reply_err(request, (int)-found);
  else
    fuse_reply_lseek(request, found);
}

static void answer_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  (void)inode;
  struct mount_session *session = session_of(request);
  session->answers->close(session->context, (int64_t)file->fh);
  fuse_reply_err(request, 0);
}

static void reply_attribute(fuse_req_t request, fuse_ino_t inode, const char *name, size_t size) {
  struct mount_session *session = session_of(request);
  char *value = size ? malloc(size) : NULL;
  if (size && !value) {
    fuse_reply_err(request, ENOMEM);
    return;
  }
  ssize_t length = session->answers->attribute(session->context, inode, name, value, size);
  if (length < 0)
    fuse_reply_err(request, (int)-length);
  else if (!size)
    fuse_reply_xattr(request, (size_t)length);
  else if ((size_t)length > size)
    fuse_reply_err(request, ERANGE);
  else
    fuse_reply_buf(request, value, (size_t)length);
  free(value);
}

static void answer_getxattr(fuse_req_t request, fuse_ino_t inode, const char *name, size_t size) {
  reply_attribute(request, inode, name, size);
}

static void answer_listxattr(fuse_req_t request, fuse_ino_t inode, size_t size) {
  reply_attribute(request, inode, "", size);
}

static const struct fuse_lowlevel_ops operations = {
    .init = answer_init,
    .lookup = answer_lookup,
    .getattr = answer_getattr,
    .readlink = answer_readlink,
    .opendir = answer_opendir,
    .readdir = answer_readdir,
    .readdirplus = answer_readdirplus,
    .open = answer_open,
    .read = answer_read,
    .lseek = answer_lseek,
    .release = answer_release,
    .getxattr = answer_getxattr,
    .listxattr = answer_listxattr,
};

int mount_begin(const char *path, const char *options, const struct mount_answers *answers,
                void *context, struct mount_session **result) {
  struct mount_session *session = calloc(1, sizeof *session);
  if (!session) return -ENOMEM;
  session->answers = answers;
  session->context = context;
  char *words[] = {"stillpoint", "-o", (char *)options, NULL};
  struct fuse_args arguments = FUSE_ARGS_INIT(3, words);
  errno = 0;
  session->fuse = fuse_session_new(&arguments, &operations, sizeof operations, session);
  fuse_opt_free_args(&arguments);
  if (session->fuse && fuse_session_mount(session->fuse, path) == 0) {
    *result = session;
    return 0;
  }
  int error = errno ? errno : EIO;
  if (session->fuse) fuse_session_destroy(session->fuse);
  free(session);
  return -error;
}

int mount_serve(struct mount_session *session) {
  struct fuse_buf buffer;
  memset(&buffer, 0, sizeof buffer);
  int result = 0;
  while (!fuse_session_exited(session->fuse)) {
    result = fuse_session_receive_buf(session->fuse, &buffer);
    if (result == -EINTR) continue;
    if (result <= 0) break;
    fuse_session_process_buf(session->fuse, &buffer);
  }
  free(buffer.mem);
  fuse_session_exit(session->fuse);
  return result < 0 && result != -ENODEV && result != -EINTR ? result : 0;
}

void mount_end(struct mount_session *session) {
  fuse_session_exit(session->fuse);
  fuse_session_unmount(session->fuse);
}

void mount_free(struct mount_session *session) {
  fuse_session_destroy(session->fuse);
  free(session);
}
