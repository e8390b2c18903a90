#include "clinux_btrfs.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <string.h>
#include <sys/ioctl.h>

int clinux_btrfs_file_system_id(int descriptor, uint8_t id[16]) {
  struct btrfs_ioctl_fs_info_args info = {0};
  if (ioctl(descriptor, BTRFS_IOC_FS_INFO, &info) < 0) return -errno;
  memcpy(id, info.fsid, 16);
  return 0;
}

int clinux_btrfs_subvolume(int descriptor, struct clinux_subvolume *result) {
  struct btrfs_ioctl_get_subvol_info_args info = {0};
  if (ioctl(descriptor, BTRFS_IOC_GET_SUBVOL_INFO, &info) < 0) return -errno;
  *result = (struct clinux_subvolume){
      .id = info.treeid,
      .parent_id = info.parent_id,
      .parent_directory = info.dirid,
      .generation = info.generation,
      .change_transaction = info.ctransid,
      .creation_transaction = info.otransid,
      .flags = info.flags,
  };
  memcpy(result->uuid, info.uuid, 16);
  memcpy(result->parent_uuid, info.parent_uuid, 16);
  memcpy(result->name, info.name, sizeof(result->name) - 1);
  return 0;
}

int clinux_btrfs_links(int descriptor, uint64_t first_id, struct clinux_subvolume_link links[255],
                       int *is_cut) {
  struct btrfs_ioctl_get_subvol_rootref_args references = {.min_treeid = first_id};
  *is_cut = 0;
  if (ioctl(descriptor, BTRFS_IOC_GET_SUBVOL_ROOTREF, &references) < 0) {
    if (errno != EOVERFLOW) return -errno;
    *is_cut = 1;
  }
  for (int i = 0; i < references.num_items; i++)
    links[i] = (struct clinux_subvolume_link){
        .id = references.rootref[i].treeid,
        .directory = references.rootref[i].dirid,
    };
  return references.num_items;
}

int clinux_btrfs_link_path(int descriptor, struct clinux_subvolume_link link, char *path) {
  struct btrfs_ioctl_ino_lookup_user_args lookup = {.dirid = link.directory, .treeid = link.id};
  if (ioctl(descriptor, BTRFS_IOC_INO_LOOKUP_USER, &lookup) < 0) return -errno;
  // The directory's path ends with a slash, or is empty.
  size_t length = strnlen(lookup.path, sizeof(lookup.path));
  memcpy(path, lookup.path, length);
  size_t name_length = strnlen(lookup.name, sizeof(lookup.name));
  memcpy(path + length, lookup.name, name_length);
  path[length + name_length] = 0;
  return 0;
}

int clinux_btrfs_inode_path(int descriptor, uint64_t tree, uint64_t inode, char *path) {
  struct btrfs_ioctl_ino_lookup_args lookup = {.treeid = tree, .objectid = inode};
  if (ioctl(descriptor, BTRFS_IOC_INO_LOOKUP, &lookup) < 0) return -errno;
  size_t length = strnlen(lookup.name, sizeof(lookup.name) - 1);
  while (length > 0 && lookup.name[length - 1] == '/') length--;
  memcpy(path, lookup.name, length);
  path[length] = 0;
  return 0;
}

int clinux_btrfs_snapshot(int directory, const char *name, int source) {
  struct btrfs_ioctl_vol_args_v2 arguments = {.fd = source, .flags = BTRFS_SUBVOL_RDONLY};
  if (strlen(name) > BTRFS_SUBVOL_NAME_MAX) return -ENAMETOOLONG;
  strcpy(arguments.name, name);
  return ioctl(directory, BTRFS_IOC_SNAP_CREATE_V2, &arguments) < 0 ? -errno : 0;
}

int clinux_btrfs_destroy_id(int descriptor, uint64_t id) {
  struct btrfs_ioctl_vol_args_v2 arguments = {.flags = BTRFS_SUBVOL_SPEC_BY_ID, .subvolid = id};
  return ioctl(descriptor, BTRFS_IOC_SNAP_DESTROY_V2, &arguments) < 0 ? -errno : 0;
}

int clinux_btrfs_destroy(int directory, const char *name) {
  struct btrfs_ioctl_vol_args arguments = {0};
  if (strlen(name) > BTRFS_PATH_NAME_MAX) return -ENAMETOOLONG;
  strcpy(arguments.name, name);
  return ioctl(directory, BTRFS_IOC_SNAP_DESTROY, &arguments) < 0 ? -errno : 0;
}

int clinux_btrfs_commit(int descriptor) {
  uint64_t transaction = 0;
  if (ioctl(descriptor, BTRFS_IOC_START_SYNC, &transaction) < 0) return -errno;
  return ioctl(descriptor, BTRFS_IOC_WAIT_SYNC, &transaction) < 0 ? -errno : 0;
}

int clinux_btrfs_make_writable(int descriptor) {
  uint64_t flags;
  if (ioctl(descriptor, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) < 0) return -errno;
  flags &= ~(uint64_t)BTRFS_SUBVOL_RDONLY;
  return ioctl(descriptor, BTRFS_IOC_SUBVOL_SETFLAGS, &flags) < 0 ? -errno : 0;
}

int clinux_btrfs_device_path(int descriptor, uint64_t device, char *path) {
  struct btrfs_ioctl_dev_info_args info = {.devid = device};
  if (ioctl(descriptor, BTRFS_IOC_DEV_INFO, &info) < 0) return -errno;
  memcpy(path, info.path, 1023);
  path[1023] = 0;
  return 0;
}

int clinux_btrfs_last_device(int descriptor, uint64_t *device) {
  struct btrfs_ioctl_fs_info_args info = {0};
  if (ioctl(descriptor, BTRFS_IOC_FS_INFO, &info) < 0) return -errno;
  *device = info.max_id;
  return 0;
}

int clinux_btrfs_search(int descriptor, uint64_t tree, struct clinux_btrfs_key first,
                        struct clinux_btrfs_key last, uint64_t since, void *buffer, size_t size) {
  struct btrfs_ioctl_search_args_v2 *search = buffer;
  search->key = (struct btrfs_ioctl_search_key){
      .tree_id = tree,
      .min_objectid = first.object,
      .max_objectid = last.object,
      .min_type = first.type,
      .max_type = last.type,
      .min_offset = first.offset,
      .max_offset = last.offset,
      .min_transid = since,
      .max_transid = UINT64_MAX,
      .nr_items = UINT32_MAX,
  };
  search->buf_size = size - sizeof(*search);
  if (ioctl(descriptor, BTRFS_IOC_TREE_SEARCH_V2, search) < 0) return -errno;
  return (int)search->key.nr_items;
}

void clinux_btrfs_item(const void *buffer, size_t *position, struct clinux_btrfs_item *item) {
  const struct btrfs_ioctl_search_args_v2 *search = buffer;
  struct btrfs_ioctl_search_header header;
  memcpy(&header, search->buf + *position, sizeof(header));
  *item = (struct clinux_btrfs_item){
      .key = {.object = header.objectid, .type = (uint8_t)header.type, .offset = header.offset},
      .bytes = search->buf + *position + sizeof(header),
      .length = header.len,
  };
  *position += sizeof(header) + header.len;
}

int clinux_btrfs_last_snapshot(const void *root_item, size_t length, uint64_t *transaction) {
  size_t offset = offsetof(struct btrfs_root_item, last_snapshot);
  if (length < offset + sizeof(__le64)) return -EIO;
  memcpy(transaction, (const uint8_t *)root_item + offset, sizeof(*transaction));
  return 0;
}
