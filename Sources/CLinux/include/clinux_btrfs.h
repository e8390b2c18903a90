#ifndef CLINUX_BTRFS_H
#define CLINUX_BTRFS_H

#endif
