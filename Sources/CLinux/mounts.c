#include "clinux_mounts.h"
