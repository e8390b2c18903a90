#pragma once
// 3.1: the oldest interface that has all we call; Ubuntu 22.04 has fuse 3.10.
#define FUSE_USE_VERSION 31
#include <fuse_lowlevel.h>
