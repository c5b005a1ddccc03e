/* demo.h: invented groups to look at, and directories of any size to measure. */
#ifndef ADMIN_DEMO_H
#define ADMIN_DEMO_H

#include "admin/command.h"

/* Loads the demonstration data once; with --groups N it makes a directory of N groups instead. */
command demo_run;

#endif
