#include "clinux_freezing.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

int clinux_freeze(int descriptor) { return ioctl(descriptor, FIFREEZE, 0) < 0 ? -errno : 0; }

int clinux_thaw(int descriptor) { return ioctl(descriptor, FITHAW, 0) < 0 ? -errno : 0; }
