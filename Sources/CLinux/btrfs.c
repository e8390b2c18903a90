#include "clinux_btrfs.h"
