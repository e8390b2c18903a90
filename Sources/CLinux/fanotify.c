#include "clinux_fanotify.h"
