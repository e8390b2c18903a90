#ifndef CLINUX_BTRFS_H
#define CLINUX_BTRFS_H

#include <stddef.h>
#include <stdint.h>

/// What GET_SUBVOL_INFO says of the subvolume that a descriptor is in.
struct clinux_subvolume {
  uint64_t id, parent_id, parent_directory;
  uint64_t generation, change_transaction, creation_transaction;
  uint64_t flags;
  uint8_t uuid[16], parent_uuid[16];
  char name[256];
};

/// A subvolume that hangs below another one: its id, and the inode of the directory it is in.
struct clinux_subvolume_link {
  uint64_t id, directory;
};

/// BTRFS_IOC_FS_INFO: the file system's own identity.
int clinux_btrfs_file_system_id(int descriptor, uint8_t id[16]);

/// BTRFS_IOC_GET_SUBVOL_INFO.
int clinux_btrfs_subvolume(int descriptor, struct clinux_subvolume *result);

/// BTRFS_IOC_GET_SUBVOL_ROOTREF: subvolumes directly below, with an id of at least `first_id`.
/// Returns how many were stored, at most 255; `*is_cut` says whether there are more.
int clinux_btrfs_links(int descriptor, uint64_t first_id, struct clinux_subvolume_link links[255],
                       int *is_cut);

/// BTRFS_IOC_INO_LOOKUP_USER: the path of a subvolume below the directory `descriptor`,
/// without a slash at either end, in `path`, which has room for 4352 bytes.
int clinux_btrfs_link_path(int descriptor, struct clinux_subvolume_link link, char *path);

/// BTRFS_IOC_INO_LOOKUP: the path of `inode` from the root of subvolume `tree`, without a slash
/// at either end, in `path`, which has room for 4096 bytes.
int clinux_btrfs_inode_path(int descriptor, uint64_t tree, uint64_t inode, char *path);

/// BTRFS_IOC_SNAP_CREATE_V2, read-only.
int clinux_btrfs_snapshot(int directory, const char *name, int source);

/// BTRFS_IOC_SNAP_DESTROY_V2 by id; `descriptor` is anything on the file system.
int clinux_btrfs_destroy_id(int descriptor, uint64_t id);

/// BTRFS_IOC_SNAP_DESTROY by name.
int clinux_btrfs_destroy(int directory, const char *name);

/// BTRFS_IOC_START_SYNC and BTRFS_IOC_WAIT_SYNC: commits the running transaction.
int clinux_btrfs_commit(int descriptor);

/// BTRFS_IOC_SUBVOL_SETFLAGS without the read-only flag.
int clinux_btrfs_make_writable(int descriptor);

/// BTRFS_IOC_DEV_INFO: the path of one of the file system's devices, in `path`, which has room
/// for 1024 bytes.
int clinux_btrfs_device_path(int descriptor, uint64_t device, char *path);

/// The highest device number, from BTRFS_IOC_FS_INFO.
int clinux_btrfs_last_device(int descriptor, uint64_t *device);

/// Where an item stands in a tree; ordered by the members from the first to the last.
struct clinux_btrfs_key {
  uint64_t object;
  uint8_t type;
  uint64_t offset;
};

/// An item of a tree, in the buffer of a search.
struct clinux_btrfs_item {
  struct clinux_btrfs_key key;
  const void *bytes;
  size_t length;
};

/// BTRFS_IOC_TREE_SEARCH_V2: the items from `first` to `last` that are in leaves written in the
/// transaction `since` or later, in order, as many as fit into `buffer` of `size` bytes.
/// `tree` 0 is the subvolume that the descriptor is in. Returns how many there are.
int clinux_btrfs_search(int descriptor, uint64_t tree, struct clinux_btrfs_key first,
                        struct clinux_btrfs_key last, uint64_t since, void *buffer, size_t size);

/// The item at `*position` of a search's buffer, 0 at first; moves on to the next.
void clinux_btrfs_item(const void *buffer, size_t *position, struct clinux_btrfs_item *item);

/// Which transaction a ROOT_ITEM says the last snapshot of its tree was taken in.
int clinux_btrfs_last_snapshot(const void *root_item, size_t length, uint64_t *transaction);

#endif
